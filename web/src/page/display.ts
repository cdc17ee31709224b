// Shows what the page is doing: title, verbs, start of a verb, dock, clock and status.

import { clock, clockTenths } from "../music/clock";
import type { Note } from "../music/note";
import type { Recipe } from "../music/recipe";
import { duetDock, playerDock } from "./dock";
import { $ } from "./dom";
import type { Duet } from "./duet";
import { heroParts } from "./hero";
import type { Listening } from "./listening";
import type { PageState } from "./page_state";
import type { Player } from "./player";
import type { RollPanel } from "./roll_panel";
import type { RollState } from "./roll_state";
import { ghostSheet, openingNotes, type Score } from "./score";
import { showStatus } from "./status";
import { showVerbs, type Verb, VERBS } from "./verbs";

/** What the parts that are shown here can do. */
export interface DisplayActions {
  setVerb(verb: Verb): void;
  bigButton(): void;
  playOrPause(): void;
  wished(): void;
  toggleSide(): void;
  openNotes(title: string, label: string, notes: Note[]): void;
  playLink(recipe: Recipe): void;
  startDuet(): void;
  moveOctave(octaves: number): void;
  connect(): void;
}

export interface DisplayParts {
  state: PageState;
  score: Score;
  player: Player;
  duet: Duet;
  listening: Listening;
}

export class Display {
  private readonly state: PageState;
  private readonly score: Score;
  private readonly player: Player;
  private readonly duet: Duet;
  private readonly listening: Listening;
  private isDockStale = false;
  private clockShown = "";

  constructor(parts: DisplayParts, private readonly roll: () => RollPanel, private readonly actions: DisplayActions) {
    this.state = parts.state;
    this.score = parts.score;
    this.player = parts.player;
    this.duet = parts.duet;
    this.listening = parts.listening;
  }

  /** Everything. */
  show(): void {
    const { state, score } = this;
    document.body.classList.toggle("has-music", score.sheet.notes.length > 0);
    document.body.classList.toggle("is-empty", this.isEmpty);
    document.body.classList.toggle("in-duet", this.duet.isOn);
    $("title").textContent = score.sheet.title || "pno";
    $("subtitle").textContent = score.sheet.subtitle;
    $("turn").hidden = !this.duet.isOn;
    $("legend-human").textContent = state.verb === "duet" ? "you" : "human";
    $("over").hidden = state.verb === "duet" || this.isEmpty;
    $<HTMLButtonElement>("undo").disabled = !score.canUndo;
    $<HTMLButtonElement>("redo").disabled = !score.canRedo;
    $("roll-description").textContent = score.summary();
    this.showListen();
    this.showVerbs();
    this.showHero();
    this.showDock();
    this.showStatus();
    for (const by of ["human", "pno"] as const) {
      document.querySelector<HTMLElement>(`.legend .${by}`)!.style.background = `linear-gradient(90deg, ${this.roll().palette.fill[by].join()})`;
    }
    this.roll().refresh();
  }

  /** New notes are on the sheet. */
  showNotes(): void {
    this.roll().refresh();
    if (this.isDockStale) this.show();
  }

  showDock(): void {
    const { state } = this;
    this.showListen();
    this.isDockStale = this.score.isWaiting;
    const dock = $("dock");
    const shown = [state.verb, this.player.isOn, this.duet.isOn, state.side, [...state.known].join(), JSON.stringify(state.settings.wishes), this.isEmpty].join("|");
    if (dock.dataset.state !== shown && !dock.querySelector("input:focus")) {
      const focused = document.activeElement?.id;
      dock.dataset.state = shown;
      dock.replaceChildren(...this.dockParts());
      if (focused && dock.querySelector(`#${focused}`)) $(focused).focus();
    }
    const big = dock.querySelector("#big-dock");
    if (big) big.textContent = this.bigButtonText();
    this.showClock();
  }

  /** At every frame: changes the page only if the clock has. */
  showClock(): void {
    const position = clock(this.player.position);
    const of = this.clockOf();
    const shown = `${position}|${of}|${$("dock").dataset.state}`;
    if (shown === this.clockShown) return;
    this.clockShown = shown;
    const box = document.getElementById("clock");
    if (!box) return;
    box.textContent = position;
    document.getElementById("clock-of")!.textContent = of;
    if (this.state.verb === "continue") return;
    const big = document.getElementById("big-dock");
    if (big && big.textContent !== this.bigButtonText()) big.textContent = this.bigButtonText();
  }

  showStatus(): void {
    const { state } = this;
    const isWriting = this.score.isGrowing && this.player.isPlaying && state.engine;
    const text = isWriting ? "Writing 8 seconds ahead. Move a slider: what you have not heard yet is rewritten."
      : state.verb === "duet" ? "Letters on your keyboard play. Z and X move an octave down or up." : state.status;
    showStatus(text, state.engine, state.speed);
  }

  rollState(): RollState {
    const { state, score, player, duet, isEmpty } = this;
    return {
      sheet: isEmpty ? ghostSheet : score.sheet,
      position: duet.isOn ? duet.now : player.position,
      isPlaying: player.isPlaying || duet.isOn,
      heardUntil: duet.isOn ? duet.heardUntil : score.heard,
      written: duet.isOn ? duet.written : score.hasAuthor || score.isWaiting ? score.written : Infinity,
      cut: state.cut,
      cutFades: score.sheet.recipe?.from !== state.cut,
      chosen: this.listening.shown?.of ?? state.chosen,
      heeded: this.listening.shown?.heeded ?? null,
      planLabel: duet.isOn ? "pno plays next" : "pno, not heard yet",
      isEmpty,
    };
  }

  private get isEmpty(): boolean {
    return this.score.sheet.notes.length === 0 && !this.duet.isOn;
  }

  private bigButtonText(): string {
    const isEmpty = this.score.sheet.notes.length === 0;
    if (this.player.isStalled || this.score.isWaiting) return "Cancel";
    if (this.state.verb === "continue") return isEmpty ? "Open a MIDI file" : `Continue from ${clockTenths(this.state.cut ?? this.score.end)}`;
    if (this.state.verb === "duet") return this.duet.isOn ? "Stop the duet" : "Start the duet";
    return isEmpty ? "Play me something" : "Play something else";
  }

  private clockOf(): string {
    if (this.player.isStalled) return "One moment …";
    if (!this.score.isGrowing) return `of ${clock(this.score.end)}`;
    const { recipe } = this.score.sheet;
    return recipe?.seconds ? `of ${clock(recipe.from + recipe.seconds)}` : "no end set";
  }

  private showListen(): void {
    const button = $("listen");
    button.hidden = !this.state.engine?.capabilities.attention || this.isEmpty || this.duet.isOn;
    button.setAttribute("aria-pressed", String(this.listening.isOn));
  }

  private showVerbs(): void {
    const can = this.state.engine?.capabilities;
    const shown = VERBS.filter(({ name }) => (name === "fill" ? can?.infill : name === "accompany" ? can?.accompany : true));
    showVerbs(shown, this.state.verb, (verb) => this.actions.setVerb(verb));
  }

  private showHero(): void {
    $("hero").hidden = !this.isEmpty;
    $("hero").replaceChildren(...(this.isEmpty ? heroParts(this.state.verb, this.state.fromLink, {
      openFile: () => $("file").click(),
      schubert: () => this.actions.openNotes("Ten seconds of Schubert", "a pianist", openingNotes()),
      duet: () => this.actions.startDuet(),
      connect: () => this.actions.connect(),
      start: () => this.actions.bigButton(),
      playLink: (recipe) => this.actions.playLink(recipe),
    }) : []));
  }

  private dockParts(): Node[] {
    const { state, actions } = this;
    const common = { isSideOpen: state.side === "wishes", toggleSide: () => actions.toggleSide(), bigButton: () => actions.bigButton() };
    if (state.verb === "duet") {
      return duetDock({ ...common, duet: this.duet, moveOctave: (octaves) => actions.moveOctave(octaves), connect: () => actions.connect() });
    }
    return playerDock({
      ...common, isPlaying: this.player.isOn, wishes: state.settings.wishes, known: state.known,
      wished: () => actions.wished(), playOrPause: () => actions.playOrPause(),
    });
  }
}
