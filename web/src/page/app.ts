// The page: its parts, and what the verbs and buttons do with the sheet.

import type { Engine } from "../engine/engine";
import type { Note } from "../music/note";
import { fragmentOf } from "../share/link";
import type { Piano } from "../sound/piano";
import { showSave, showShare } from "./dialogs";
import { Display } from "./display";
import { $ } from "./dom";
import { Duet } from "./duet";
import { DuetStage } from "./duet_stage";
import { icon, type IconName } from "./icons";
import { Listening } from "./listening";
import { announce, closeNotice, notice } from "./notices";
import { NoteCursor } from "./note_cursor";
import { Opening } from "./opening";
import { listenToPage } from "./page_events";
import { PageState } from "./page_state";
import { Player } from "./player";
import { RollPanel } from "./roll_panel";
import { type Saving, saveMidi, savePng, saveWav } from "./saving";
import { Score } from "./score";
import { SidePanel } from "./side_panel";
import { about } from "./status";
import { keepSheet } from "./store";
import { changeTheme, startTheme } from "./theme";
import { VerbActions } from "./verb_actions";
import { listenToVerbs } from "./verbs";
import { keepAwake } from "./wake_lock";

const TICK_MS = 50;

export class App {
  private readonly state = new PageState();
  private readonly score = new Score(this.state.settings, {
    wrote: () => this.display.showNotes(),
    tookBack: () => this.player.refresh(),
    ended: () => { announce(this.score.summary()); this.show(); },
    speed: (speed) => { this.state.speed = Math.max(this.state.speed, speed); this.display.showStatus(); },
    failed: (message) => { this.show(); notice(message, { isError: true }); },
  });
  private readonly player = new Player(this.score, {
    changed: () => {
      if (this.player.isPlaying) this.roll.follow();
      this.show();
    },
    stopped: () => this.keep(),
  });
  private readonly duet = new Duet(() => this.score.sheet, {
    engine: () => this.state.engine,
    piano: () => this.player.piano,
    wishes: () => this.state.settings.wishes,
    changed: () => this.roll.refresh(),
    turn: (turn) => this.stage.showTurn(turn),
    failed: (message) => notice(message, { isError: true }),
  });
  private readonly display: Display;
  private readonly roll: RollPanel;
  private readonly cursor: NoteCursor;
  private readonly side: SidePanel;
  private readonly listening: Listening;
  private readonly stage: DuetStage;
  private readonly opening: Opening;
  private readonly verbs: VerbActions;
  private isAwake = false; // the screen is kept on

  constructor(loadModel: (file: File) => Promise<void>) {
    startTheme();
    const { state, score, player, duet } = this;
    this.listening = new Listening(state, score, {
      changed: () => {
        this.roll.refresh();
        if (this.listening.isOn) this.side.refresh();
      },
      point: (note) => this.cursor.point(note),
      close: () => this.side.close(),
    });
    this.display = new Display({ state, score, player, duet, listening: this.listening }, () => this.roll, {
      setVerb: (verb) => this.verbs.set(verb),
      bigButton: () => this.verbs.bigButton(),
      playOrPause: () => this.playOrPause(),
      wished: () => this.verbs.wished(),
      toggleSide: () => this.side.toggle("wishes"),
      openNotes: (title, label, notes) => this.opening.openNotes(title, label, notes),
      playLink: (recipe) => this.opening.playLink(recipe),
      startDuet: () => { this.verbs.set("duet"); this.stage.start(); },
      moveOctave: (octaves) => this.stage.keyboard.move(octaves),
      connect: () => this.stage.connectMidi(),
    });
    this.roll = new RollPanel(() => this.display.rollState(), {
      seek: (time) => this.seek(time),
      moveCut: (time) => this.moveCut(time),
      choose: (note) => this.choose(note),
      hover: (note) => this.listening.hover(note),
    });
    this.cursor = new NoteCursor(state, score, player, this.roll);
    this.side = new SidePanel(state, duet, this.listening, {
      wished: () => { this.verbs.wished(); this.display.showDock(); },
      toggled: () => this.display.showDock(),
    });
    this.stage = new DuetStage({ state, score, player, duet }, {
      starting: () => this.leaveSheet(),
      started: () => { this.roll.show(0); this.show(); },
      stopped: () => { this.keep(); this.show(); },
    });
    this.verbs = new VerbActions({ state, score, player, duet, stage: this.stage, roll: this.roll }, {
      leaving: () => this.leaveSheet(),
      changed: () => this.show(),
    });
    this.opening = new Opening(state, score, {
      loadModel,
      leaving: () => {
        if (duet.isOn) this.stage.stop();
        this.leaveSheet();
      },
      openedNotes: () => this.openedNotes(),
      openedLink: () => { this.verbs.set("new"); this.show(); },
      playLink: () => { state.cut = null; this.verbs.startPlaying(0); },
    });
    for (const holder of document.querySelectorAll<HTMLElement>("[data-icon]")) holder.innerHTML = icon(holder.dataset.icon as IconName);
    this.listen();
    this.opening.restore();
    this.show();
    setInterval(() => this.tick(), TICK_MS);
    const frame = (): void => {
      this.frame();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  // ---- Parts that arrive while the page loads

  setPiano(piano: Piano, bank: ArrayBuffer): void {
    this.state.bank = bank;
    this.player.usePiano(piano);
  }

  setEngine(engine: Engine): void {
    this.state.engine = engine;
    if (this.listening.isOn) this.side.close();
    this.score.useEngine(engine);
    this.opening.engineCame();
    this.show();
  }

  private chooseServed(id: string): void {
    const engine = this.state.engine?.withModel?.(id);
    if (!engine) return;
    this.player.pause();
    this.setEngine(engine);
    notice(`${engine.model.name} plays now.`);
  }

  setStatus(text: string): void {
    this.state.status = text;
    this.display.showStatus();
  }

  openLink(fragment: string): void {
    this.opening.openLink(fragment);
  }

  /** Ends what plays before another sheet takes its place. */
  private leaveSheet(): void {
    this.player.pause();
    this.state.chosen = null;
    this.listening.clear();
  }

  // ---- Playing

  private playOrPause(): void {
    if (!this.duet.isOn && this.score.sheet.notes.length > 0) this.player.playOrPause();
  }

  private seek(time: number): void {
    if (this.duet.isOn) return;
    this.state.chosen = null; // the keys continue from the playhead
    this.player.seek(Math.min(Math.max(0, time), this.score.written));
    this.roll.refresh();
    this.display.showClock();
  }

  private choose(note: Note | undefined): void {
    if (!note) return;
    this.cursor.choose(note);
    if (this.listening.isOn) void this.listening.look(note);
  }

  private moveCut(time: number): void {
    this.state.cut = time;
    this.display.showDock();
    this.roll.refresh();
  }

  /** Some times a second, in the background once a second. */
  private tick(): void {
    if (this.duet.isOn) this.duet.tick();
    else this.player.tick();
  }

  private frame(): void {
    const isPlaying = this.player.isPlaying || this.duet.isOn;
    if (isPlaying !== this.isAwake) keepAwake((this.isAwake = isPlaying));
    this.roll.frame();
    this.display.showClock();
    if (this.duet.isOn) this.stage.frame();
  }

  // ---- Files, links, history

  private openedNotes(): void {
    this.player.seek(0);
    this.state.verb = "continue";
    this.state.cut = this.score.end;
    this.stage.keyboard.show(false);
    this.roll.showEnd(this.score.end); // the line is in sight
    this.keep();
    this.show();
  }

  private saving(): Saving {
    return {
      engine: this.state.engine, bank: this.state.bank, notes: this.score.finishedNotes(), sheet: this.score.sheet,
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
    const { state, score, player } = this;
    this.leaveSheet();
    const hasNotes = score.sheet.notes.length > 0;
    if (state.verb === "continue") state.cut = hasNotes ? Math.min(state.cut ?? Infinity, score.end) : null;
    player.seek(Math.min(player.position, score.end));
    this.keep();
    this.show();
    announce(hasNotes ? score.summary() : "The sheet is empty");
  }

  private keep(): void {
    keepSheet(this.score.sheet);
  }

  // ---- Showing and listening

  private show(): void {
    this.display.show();
  }

  private listen(): void {
    const { state, score, roll } = this;
    const theme = (): void => {
      changeTheme();
      this.show();
    };
    listenToPage({
      openFile: (file) => void this.opening.openFile(file),
      openLink: () => this.opening.openLink(location.hash),
      save: () => showSave({ midi: () => void saveMidi(this.saving()), wav: () => void saveWav(this.saving()), png: () => void savePng(this.saving()) }),
      saveMidi: () => void saveMidi(this.saving()),
      share: () => this.share(),
      changeTheme: theme,
      about: () => about(state.engine, state.speed, score.sheet.notes, {
        chooseModel: () => $("file").click(),
        chooseServed: (id) => this.chooseServed(id),
        changeTheme: theme,
      }),
      undo: () => this.stepped(score.undo()),
      redo: () => this.stepped(score.redo()),
      zoom: (factor) => roll.zoom(factor),
      keep: () => this.keep(),
      escape: () => this.escape(),
      playOrPause: () => this.playOrPause(),
      bigButton: () => this.verbs.bigButton(),
      move: (seconds) => this.seek(this.player.position + seconds),
      goTo: (place) => { this.seek(place === "start" ? 0 : score.end); roll.follow(); },
      chooseNext: (step) => this.choose(this.cursor.next(step)),
      listen: () => this.side.toggle("listening"),
    });
    listenToVerbs(() => state.verb, (verb) => this.verbs.set(verb));
  }

  /** Closes or stops the topmost thing. Returns false if there is none. */
  private escape(): boolean {
    if (!$("note").hidden) closeNotice();
    else if (this.state.side) this.side.close();
    else if (this.duet.isOn) this.stage.stop();
    else if (this.player.isPlaying || this.player.isStalled) this.verbs.cancel();
    else return false;
    return true;
  }
}
