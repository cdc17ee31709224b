// The page: what is on the sheet, what pno does with it, and what every button does.

import { EngineError, type Engine } from "../engine/engine";
import { clock, clockTenths, count } from "../music/clock";
import { endOf, loudness, type Note, spokenPitch } from "../music/note";
import type { Recipe, Wishes } from "../music/recipe";
import { emptySheet, type Sheet } from "../music/sheet";
import { fragmentOf, LinkError, parseFragment } from "../share/link";
import type { Piano } from "../sound/piano";
import { type Instrument, Transport } from "../sound/transport";
import { showSave, showShare } from "./dialogs";
import { duetDock, duetWishes, playerDock } from "./dock";
import { $, isPhone } from "./dom";
import { Duet, type Turn } from "./duet";
import { heroParts } from "./hero";
import { icon, type IconName } from "./icons";
import { Keyboard } from "./keyboard";
import { connectMidi } from "./midi_input";
import { announce, closeNotice, notice } from "./notices";
import { listenToPage } from "./page_events";
import { RollPanel } from "./roll_panel";
import { type Saving, saveMidi, savePng, saveWav } from "./saving";
import { AHEAD, ghostSheet, newNumber, openingNotes, Score, type Settings } from "./score";
import { about, showStatus } from "./status";
import { keepSheet, keptSheet } from "./store";
import { changeTheme, startTheme } from "./theme";
import { listenToVerbs, showVerbs, type Verb, VERBS } from "./verbs";
import { keepAwake } from "./wake_lock";
import { wishesPanel } from "./wishes";

const RESUME_AHEAD = 4; // seconds written before the music continues after it had to wait
const REWRITE_AFTER = 1.5; // seconds beyond the playhead that stay as they are when a wish changes
const BEFORE_CUT = 2; // seconds that are heard before a continuation
const MS = 1000;

export class App {
  private verb: Verb = "new";
  private engine: Engine | null = null;
  private piano: Piano | null = null;
  private pianoBank: ArrayBuffer | null = null;
  private readonly silent = { now: 0, latency: 0, play: () => {}, forget: () => {}, silence: () => {} };
  private cut: number | null = null;
  private chosen: Note | null = null;
  private isStalled = false;
  private speed = 0;
  private status = "";
  private isSideOpen = false;
  private readonly settings: Settings = { wishes: {}, begin: "pianist", seconds: 0, number: newNumber() };
  private readonly score = new Score(this.settings, {
    wrote: () => this.showSoon(),
    tookBack: () => this.transport.refresh(),
    ended: () => { announce(this.score.summary()); this.show(); },
    speed: (speed) => { this.speed = Math.max(this.speed, speed); this.showStatus(); },
    failed: (message) => { this.show(); notice(message, { isError: true }); },
  });
  private transport = this.transportOf(this.silent);
  private wishTimer = 0;
  private fileToOpen: File | null = null; // when the engine is there
  private isStarting = false; // a first press waits for the piano
  private readonly roll: RollPanel;
  private readonly keyboard: Keyboard;
  private readonly duet: Duet;

  constructor(private readonly loadModel: (file: File) => Promise<void>) {
    startTheme();
    this.roll = new RollPanel(() => this.rollState(), {
      seek: (time) => this.seek(time),
      moveCut: (time) => this.moveCut(time),
      choose: (note) => this.choose(note, false),
    });
    this.duet = new Duet(() => this.sheet, {
      engine: () => this.engine,
      piano: () => this.piano,
      wishes: () => this.settings.wishes,
      changed: () => this.roll.refresh(),
      turn: (turn) => this.showTurn(turn),
      failed: (message) => notice(message, { isError: true }),
    });
    const keys = { press: (pitch: number, velocity: number) => this.pressKey(pitch, velocity), release: (pitch: number) => this.duet.release(pitch) };
    this.keyboard = new Keyboard(keys);
    this.connect = () => void connectMidi(keys);
    for (const holder of document.querySelectorAll<HTMLElement>("[data-icon]")) holder.innerHTML = icon(holder.dataset.icon as IconName);
    this.listen();
    this.restore();
    this.show();
    setInterval(() => this.tick(), 50);
    const frame = (): void => {
      this.frame();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
  private readonly connect: () => void;

  // ---- Parts that arrive while the page loads

  setPiano(piano: Piano, bank: ArrayBuffer): void {
    this.piano = piano;
    this.pianoBank = bank;
    this.transport = this.transportOf(piano);
    if (this.isStarting) {
      this.isStarting = false;
      void this.playFrom(0);
    }
  }

  private transportOf(instrument: Instrument): Transport {
    return new Transport(instrument, () => this.sheet.notes, () => (this.score.hasAuthor || this.score.isWaiting ? this.score.written : Infinity));
  }

  setEngine(engine: Engine): void {
    this.engine = engine;
    this.score.useEngine(engine);
    const file = this.fileToOpen;
    this.fileToOpen = null;
    if (file) void this.openFile(file);
    this.show();
  }

  setStatus(text: string): void {
    this.status = text;
    this.showStatus();
  }

  // ---- The five verbs

  private setVerb(verb: Verb): void {
    if (verb === this.verb) return;
    if (this.duet.isOn) this.stopDuet();
    this.verb = verb;
    if (verb !== "new") this.pause();
    if (verb === "continue" && this.sheet.notes.length > 0) {
      const end = this.end;
      const { position } = this.transport;
      this.cut = position > 0.5 && position < end ? position : end;
    } else {
      this.cut = null;
    }
    this.keyboard.show(verb === "duet");
    this.show();
  }

  private bigButton(): void {
    closeNotice();
    if (this.isStalled || this.score.isWaiting) return this.cancel();
    switch (this.verb) {
      case "new":
        return this.startNew();
      case "continue":
        if (this.sheet.notes.length === 0) return $("file").click();
        return this.startContinue();
      case "duet":
        return this.duet.isOn ? this.stopDuet() : this.startDuet();
      default:
        return;
    }
  }

  private bigButtonText(): string {
    if (this.isStalled || this.score.isWaiting) return "Cancel";
    if (this.verb === "continue") return this.sheet.notes.length === 0 ? "Open a MIDI file" : `Continue from ${clockTenths(this.cut ?? this.end)}`;
    if (this.verb === "duet") return this.duet.isOn ? "Stop the duet" : "Start the duet";
    return this.sheet.notes.length === 0 ? "Play me something" : "Play something else";
  }

  private startNew(): void {
    this.leaveSheet();
    this.score.beginNew();
    this.cut = null;
    this.startPlaying(0);
  }

  private startContinue(): void {
    const cut = Math.round((this.cut ?? this.score.end) * 100) / 100;
    this.leaveSheet();
    if (!this.score.continueFrom(cut)) return notice("There is nothing before this place to continue.");
    this.cut = cut;
    this.startPlaying(Math.max(0, cut - BEFORE_CUT));
  }

  private cancel(): void {
    this.pause();
    this.score.stop();
    this.show();
  }

  /** Ends what plays before another sheet takes its place. */
  private leaveSheet(): void {
    this.pause();
    this.chosen = null;
  }

  // ---- Duet

  private startDuet(): void {
    this.leaveSheet();
    const subtitle = isPhone() ? "Play, then pause: pno answers" : "Play, then pause: pno answers. Play again, and it stops at once";
    this.score.replace({ ...emptySheet(), title: "Duet", subtitle }, Infinity);
    void this.piano?.resume();
    this.duet.start();
    this.roll.view.from = 0;
    this.show();
    announce("Your turn. Letters on your keyboard play.");
  }

  private stopDuet(): void {
    this.duet.stop();
    this.transport.seek(0);
    this.save();
    this.show();
  }

  private pressKey(pitch: number, velocity: number): void {
    void this.piano?.resume();
    if (this.verb === "duet" && !this.duet.isOn) this.startDuet();
    this.duet.press(pitch, velocity);
  }

  private showTurn(turn: Turn): void {
    const pill = $("turn");
    document.body.classList.toggle("has-music", this.sheet.notes.length > 0);
    pill.hidden = !this.duet.isOn;
    pill.classList.toggle("pno", turn === "pno");
    $("turn-text").textContent = turn === "pno" ? "pno answers" : "Your turn";
    if (turn !== "pause") announce(turn === "pno" ? "pno answers" : "Your turn");
  }

  // ---- Playing

  private startPlaying(from: number): void {
    this.roll.view.from = Math.max(0, from - 0.5);
    this.show();
    if (!this.piano) {
      this.isStarting = true;
      return;
    }
    void this.playFrom(from);
  }

  private async playFrom(position: number): Promise<void> {
    if (!this.piano) return;
    if (!(await this.piano.resume())) {
      notice("The browser holds the sound back.", { action: { label: "Turn it on", run: () => void this.playFrom(position) } });
      return this.show();
    }
    this.transport.play(position);
    this.roll.follow();
    this.show();
    announce(this.score.isGrowing ? "pno plays" : "Playing");
  }

  private pause(): void {
    if (this.transport.isPlaying) {
      this.transport.pause();
      this.save();
    }
    this.isStarting = false;
    this.isStalled = false;
  }

  private playOrPause(): void {
    if (this.duet.isOn || this.sheet.notes.length === 0) return;
    if (this.transport.isPlaying || this.isStalled) {
      this.pause();
      return this.show();
    }
    const atEnd = !this.score.isGrowing && this.transport.position >= this.end - 0.05;
    void this.playFrom(atEnd ? 0 : this.transport.position);
  }

  private seek(time: number): void {
    if (this.duet.isOn) return;
    this.transport.seek(Math.min(Math.max(0, time), this.written));
    this.roll.refresh();
    this.showClock();
  }

  private moveCut(time: number): void {
    this.cut = time;
    this.showDock();
    this.roll.refresh();
  }

  /** Some times a second, in the background once a second. */
  private tick(): void {
    if (this.duet.isOn) {
      this.duet.tick();
      return;
    }
    const { position } = this.transport;
    this.silent.now = performance.now() / MS;
    if (this.transport.isPlaying) {
      this.score.heard = Math.max(this.score.heard, position);
      this.score.extend(position + AHEAD);
      this.transport.fill();
      if (this.score.isGrowing && position >= this.written - 0.05) {
        this.transport.pause();
        this.isStalled = true;
        this.show();
      } else if (!this.score.isGrowing && position > this.end + 0.3) {
        this.transport.pause();
        this.transport.seek(this.end);
        this.save();
        this.show();
        announce(`pno has stopped. ${this.score.summary()}`);
      }
    } else if (this.isStalled) {
      this.score.extend(position + AHEAD);
      if (this.score.written >= position + RESUME_AHEAD || !this.score.isGrowing) {
        this.isStalled = false;
        void this.playFrom(position);
      }
    }
  }

  private frame(): void {
    const isPlaying = this.transport.isPlaying || this.duet.isOn;
    if (isPlaying !== this.isAwake) keepAwake((this.isAwake = isPlaying));
    this.roll.frame();
    this.showClock();
    if (!this.duet.isOn) return;
    const { lit, soon } = this.duet.keys();
    this.keyboard.light(lit, soon);
    $("ring").setAttribute("stroke-dasharray", `${(this.duet.turn === "pno" ? 100 : this.duet.waited * 100).toFixed(0)} 100`);
  }

  // ---- Wishes

  private wished(): void {
    clearTimeout(this.wishTimer);
    this.wishTimer = window.setTimeout(() => this.score.wish(this.transport.position + REWRITE_AFTER), 150);
  }

  private toggleSide(isOpen = !this.isSideOpen): void {
    this.isSideOpen = isOpen;
    const side = $("side");
    side.hidden = !isOpen;
    this.showDock();
    if (!isOpen) return void document.querySelector<HTMLElement>("#more")?.focus();
    side.replaceChildren(...wishesPanel(this.settings, this.known, innerWidth <= 1000, {
      wished: () => { this.wished(); this.showDock(); },
      begin: (value) => (this.settings.begin = value),
      seconds: (value) => (this.settings.seconds = value),
      number: (value) => (this.settings.number = value),
      putBack: () => {
        for (const name of Object.keys(this.settings.wishes)) delete this.settings.wishes[name as keyof Wishes];
        Object.assign(this.settings, { begin: "pianist", seconds: 0 });
        this.wished();
        this.toggleSide(true);
      },
      close: () => this.toggleSide(false),
    }), ...(this.verb === "duet" && innerWidth <= 1000 ? duetWishes(this.duet) : []));
    side.querySelector<HTMLElement>("button")?.focus();
  }

  private get known(): ReadonlySet<string> {
    return this.engine?.capabilities.options ?? new Set(["density", "key"]);
  }

  // ---- Files, links, history

  async openFile(file: File): Promise<void> {
    closeNotice();
    if (file.name.endsWith(".safetensors")) return this.loadModel(file);
    if (!this.engine) {
      this.fileToOpen = file;
      return notice("pno is still being fetched. Then the file opens.");
    }
    let read: Awaited<ReturnType<Engine["readMidi"]>>;
    try {
      read = await this.engine.readMidi(await file.arrayBuffer());
    } catch (error) {
      const isOurs = error instanceof EngineError;
      return notice(isOurs ? `${file.name} is not a MIDI file. pno reads .mid and .midi.` : `${file.name} could not be read.`, { isError: true });
    }
    if (read.notes.length === 0) return notice(`${file.name} has no notes for a piano.`, { isError: true });
    this.openNotes(file.name, "yours", read.notes.map((note): Note => ({ ...note, by: "human" })));
    const end = clock(this.end);
    notice(read.isDamaged ? `${file.name} is damaged after ${end}. What comes before is here.` : "Opened.", { isError: read.isDamaged });
  }

  private openNotes(title: string, label: string, notes: Note[]): void {
    if (this.duet.isOn) this.stopDuet();
    this.leaveSheet();
    this.score.replace({
      title, notes, recipe: null,
      subtitle: `${clock(endOf(notes))}, ${count(notes.length, "note")}. Drag the line, or press ← → on it, to choose where pno continues`,
      stretches: [{ from: 0, to: Infinity, by: "human", label }],
    }, Infinity);
    this.transport.seek(0);
    this.roll.view.from = 0;
    this.verb = "continue";
    this.cut = this.end;
    this.keyboard.show(false);
    // The line is in sight.
    this.roll.view.from = Math.max(0, this.end - this.roll.view.seconds * 0.7);
    this.save();
    this.show();
    announce(`${title}. ${this.score.summary()}`);
  }

  openLink(fragment: string): boolean {
    try {
      const recipe = parseFragment(fragment);
      if (!recipe) return false;
      // Music that is on the sheet comes back with undo.
      this.leaveSheet();
      this.score.replace(emptySheet(), 0);
      this.setVerb("new");
      this.fromLink = recipe;
      this.show();
      return true;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      notice("This link is not complete. Here is a new piece.", { isError: true });
      return false;
    }
  }
  private fromLink: Recipe | null = null;

  private playLink(recipe: Recipe): void {
    this.fromLink = null;
    if (this.engine && recipe.model !== this.engine.model.hash) notice("This link was made with another pno: the music will differ.");
    this.settings.wishes = { ...(recipe.changes.at(-1)?.wishes ?? recipe.wishes) };
    this.leaveSheet();
    this.score.begin(recipe);
    this.cut = null;
    this.startPlaying(0);
  }

  private saving(): Saving {
    return {
      engine: this.engine, bank: this.pianoBank, notes: this.score.finishedNotes(), sheet: this.sheet,
      progress: (text) => this.setStatus(text),
    };
  }

  private share(): void {
    const fragment = fragmentOf(this.score.recipe());
    showShare(fragment && `${location.href.split("#")[0]}${fragment}`, () => announce("The link is copied."));
  }

  /** After undo or redo. */
  private stepped(isDone: boolean): void {
    if (!isDone) return;
    this.leaveSheet();
    if (this.verb === "continue") this.cut = this.sheet.notes.length > 0 ? Math.min(this.cut ?? Infinity, this.end) : null;
    this.transport.seek(Math.min(this.transport.position, this.end));
    this.save();
    this.show();
    announce(this.sheet.notes.length > 0 ? this.score.summary() : "The sheet is empty");
  }

  private save(): void {
    keepSheet(this.sheet);
  }
  private restore(): void {
    const kept = keptSheet();
    if (!kept || location.hash.includes("n=")) return;
    this.score.replace(kept, Infinity);
  }

  // ---- Notes by keyboard

  private choose(note: Note, isQuiet: boolean): void {
    this.chosen = note;
    this.roll.refresh();
    announce(`${spokenPitch(note.pitch)}, ${clockTenths(note.start)}, ${loudness(note.velocity)}, ${note.by}`);
    if (isQuiet || this.transport.isPlaying || !this.piano) return;
    void this.piano.resume().then(() => {
      const { now } = this.piano!;
      this.piano!.play([{ time: now, pitch: note.pitch, velocity: note.velocity }, { time: now + Math.min(1, Math.max(0.15, note.keyEnd - note.start)), pitch: note.pitch, velocity: 0 }]);
    });
  }

  private chooseNext(step: 1 | -1): void {
    const { notes } = this.sheet;
    if (notes.length === 0) return;
    const at = this.chosen ? notes.indexOf(this.chosen) : notes.findIndex((note) => note.start >= this.transport.position) - step;
    const note = notes[Math.min(Math.max(0, at + step), notes.length - 1)]!;
    if (note.start < this.roll.view.from || note.start > this.roll.view.until) this.roll.view.from = Math.max(0, note.start - this.roll.view.seconds / 3);
    this.choose(note, false);
  }

  // ---- Showing

  private get written(): number {
    if (this.duet.isOn) return this.duet.written;
    return this.score.written;
  }
  private get end(): number {
    return this.score.end;
  }
  private get sheet(): Sheet {
    return this.score.sheet;
  }

  private rollState(): ReturnType<ConstructorParameters<typeof RollPanel>[0]> {
    const isEmpty = this.isEmpty;
    return {
      sheet: isEmpty ? ghostSheet : this.sheet,
      position: this.duet.isOn ? this.duet.now : this.transport.position,
      isPlaying: this.transport.isPlaying || this.duet.isOn,
      heardUntil: this.duet.isOn ? this.duet.heardUntil : this.score.heard,
      written: this.score.hasAuthor || this.duet.isOn || this.score.isWaiting ? this.written : Infinity,
      cut: this.cut,
      cutFades: this.sheet.recipe?.from !== this.cut,
      chosen: this.chosen,
      planLabel: this.duet.isOn ? "pno plays next" : "pno, not heard yet",
      isEmpty,
    };
  }

  private get isEmpty(): boolean {
    return this.sheet.notes.length === 0 && !this.duet.isOn;
  }

  private showSoon(): void {
    this.roll.refresh();
    if (this.isDockStale) this.show();
  }
  private isDockStale = false;

  private show(): void {
    const hasMusic = this.sheet.notes.length > 0;
    document.body.classList.toggle("has-music", hasMusic);
    document.body.classList.toggle("is-empty", this.isEmpty);
    document.body.classList.toggle("in-duet", this.duet.isOn);
    $("title").textContent = this.sheet.title || "pno";
    $("subtitle").textContent = this.sheet.subtitle;
    $("turn").hidden = !this.duet.isOn;
    $("legend-human").textContent = this.verb === "duet" ? "you" : "human";
    $("over").hidden = this.verb === "duet" || this.isEmpty;
    $<HTMLButtonElement>("undo").disabled = !this.score.canUndo;
    $<HTMLButtonElement>("redo").disabled = !this.score.canRedo;
    $("roll-description").textContent = this.score.summary();
    this.showVerbs();
    this.showHero();
    this.showDock();
    this.showStatus();
    for (const [name, by] of [["human", "human"], ["pno", "pno"]] as const) {
      document.querySelector<HTMLElement>(`.legend .${name}`)!.style.background = `linear-gradient(90deg, ${this.roll.palette.fill[by].join()})`;
    }
    this.roll.refresh();
  }

  private showVerbs(): void {
    const can = this.engine?.capabilities;
    const shown = VERBS.filter(({ name }) => (name === "fill" ? can?.infill : name === "accompany" ? can?.accompany : true));
    showVerbs(shown, this.verb, (verb) => this.setVerb(verb));
  }

  private showHero(): void {
    $("hero").hidden = !this.isEmpty;
    $("hero").replaceChildren(...(this.isEmpty ? heroParts(this.verb, this.fromLink, {
      openFile: () => $("file").click(),
      schubert: () => this.openNotes("Ten seconds of Schubert", "a pianist", openingNotes()),
      duet: () => { this.setVerb("duet"); this.startDuet(); },
      connect: () => this.connect(),
      start: () => this.bigButton(),
      playLink: (recipe) => this.playLink(recipe),
    }) : []));
  }

  private dockParts(isPlaying: boolean): Node[] {
    const common = { isSideOpen: this.isSideOpen, toggleSide: () => this.toggleSide(), bigButton: () => this.bigButton() };
    if (this.verb === "duet") {
      return duetDock({ ...common, duet: this.duet, moveOctave: (octaves) => this.keyboard.move(octaves), connect: () => this.connect() });
    }
    return playerDock({ ...common, isPlaying, wishes: this.settings.wishes, known: this.known, wished: () => this.wished(), playOrPause: () => this.playOrPause() });
  }

  private showDock(): void {
    this.isDockStale = this.score.isWaiting;
    const dock = $("dock");
    const isPlaying = this.transport.isPlaying || this.isStalled || this.isStarting;
    const state = [this.verb, isPlaying, this.duet.isOn, this.isSideOpen, [...this.known].join(), JSON.stringify(this.settings.wishes), this.isEmpty].join("|");
    if (dock.dataset.state !== state && !dock.querySelector("input:focus")) {
      const focused = document.activeElement?.id;
      dock.dataset.state = state;
      dock.replaceChildren(...this.dockParts(isPlaying));
      if (focused && dock.querySelector(`#${focused}`)) $(focused).focus();
    }
    const big = dock.querySelector("#big-dock");
    if (big) big.textContent = this.bigButtonText();
    this.showClock();
  }

  private isAwake = false; // the screen is kept on
  private clockShown = "";
  private showClock(): void {
    const isEndless = this.score.isGrowing;
    const position = clock(this.transport.position);
    const of = this.isStalled ? "One moment …" : isEndless ? (this.sheet.recipe?.seconds ? `of ${clock(this.sheet.recipe.from + this.sheet.recipe.seconds)}` : "no end set") : `of ${clock(this.end)}`;
    const shown = `${position}|${of}|${$("dock").dataset.state}`;
    if (shown === this.clockShown) return;
    this.clockShown = shown;
    const box = document.getElementById("clock");
    if (!box) return;
    box.textContent = position;
    document.getElementById("clock-of")!.textContent = of;
    if (this.verb === "continue") return;
    const big = document.getElementById("big-dock");
    if (big && big.textContent !== this.bigButtonText()) big.textContent = this.bigButtonText();
  }

  private showStatus(): void {
    const text = this.score.isGrowing && this.transport.isPlaying && this.engine ? "Writing 8 seconds ahead. Move a slider: what you have not heard yet is rewritten."
      : this.verb === "duet" ? "Letters on your keyboard play. Z and X move an octave down or up." : this.status;
    showStatus(text, this.engine, this.speed);
  }

  private listen(): void {
    const roll = this.roll;
    const theme = (): void => {
      changeTheme();
      this.show();
    };
    listenToPage({
      openFile: (file) => void this.openFile(file),
      openLink: () => void this.openLink(location.hash),
      save: () => showSave({ midi: () => void saveMidi(this.saving()), wav: () => void saveWav(this.saving()), png: () => void savePng(this.saving()) }),
      saveMidi: () => void saveMidi(this.saving()),
      share: () => this.share(),
      changeTheme: theme,
      about: () => about(this.engine, this.speed, this.sheet.notes, { chooseModel: () => $("file").click(), changeTheme: theme }),
      undo: () => this.stepped(this.score.undo()),
      redo: () => this.stepped(this.score.redo()),
      zoom: (factor) => roll.zoom(factor),
      keep: () => this.save(),
      escape: () => this.escape(),
      playOrPause: () => this.playOrPause(),
      bigButton: () => this.bigButton(),
      move: (seconds) => this.seek(this.transport.position + seconds),
      goTo: (place) => { this.seek(place === "start" ? 0 : this.end); roll.follow(); },
      chooseNext: (step) => this.chooseNext(step),
    });
    listenToVerbs(() => this.verb, (verb) => this.setVerb(verb));
  }

  /** Closes or stops the topmost thing. Returns false if there is none. */
  private escape(): boolean {
    if (!$("note").hidden) closeNotice();
    else if (this.isSideOpen) this.toggleSide(false);
    else if (this.duet.isOn) this.stopDuet();
    else if (this.transport.isPlaying || this.isStalled) this.cancel();
    else return false;
    return true;
  }
}
