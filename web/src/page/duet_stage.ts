// The duet on the page: its start and end, the pill that says whose turn it is, and the keys.

import { emptySheet } from "../music/sheet";
import { $, isPhone } from "./dom";
import type { Duet, Turn } from "./duet";
import { type KeyActions, Keyboard } from "./keyboard";
import { connectMidi } from "./midi_input";
import { announce } from "./notices";
import type { PageState } from "./page_state";
import type { Player } from "./player";
import type { Score } from "./score";

export interface DuetStageParts {
  state: PageState;
  score: Score;
  player: Player;
  duet: Duet;
}

export interface DuetStageEvents {
  /** Before the sheet of the duet takes the place of another. */
  starting(): void;
  started(): void;
  stopped(): void;
}

export class DuetStage {
  readonly keyboard: Keyboard;
  private readonly keys: KeyActions;

  constructor(private readonly parts: DuetStageParts, private readonly events: DuetStageEvents) {
    this.keys = { press: (pitch, velocity) => this.press(pitch, velocity), release: (pitch) => parts.duet.release(pitch) };
    this.keyboard = new Keyboard(this.keys);
  }

  connectMidi(): void {
    void connectMidi(this.keys);
  }

  start(): void {
    const { score, player, duet } = this.parts;
    this.events.starting();
    const subtitle = isPhone() ? "Play, then pause: pno answers" : "Play, then pause: pno answers. Play again, and it stops at once";
    score.replace({ ...emptySheet(), title: "Duet", subtitle }, Infinity);
    void player.piano?.resume();
    duet.start();
    this.events.started();
    announce("Your turn. Letters on your keyboard play.");
  }

  stop(): void {
    this.parts.duet.stop();
    this.parts.player.seek(0);
    this.events.stopped();
  }

  showTurn(turn: Turn): void {
    const pill = $("turn");
    document.body.classList.toggle("has-music", this.parts.score.sheet.notes.length > 0);
    pill.hidden = !this.parts.duet.isOn;
    pill.classList.toggle("pno", turn === "pno");
    $("turn-text").textContent = turn === "pno" ? "pno answers" : "Your turn";
    if (turn !== "pause") announce(turn === "pno" ? "pno answers" : "Your turn");
  }

  /** At every frame of a duet. */
  frame(): void {
    const { duet } = this.parts;
    const { lit, soon } = duet.keys();
    this.keyboard.light(lit, soon);
    $("ring").setAttribute("stroke-dasharray", `${(duet.turn === "pno" ? 100 : duet.waited * 100).toFixed(0)} 100`);
  }

  private press(pitch: number, velocity: number): void {
    const { state, player, duet } = this.parts;
    void player.piano?.resume();
    if (state.verb === "duet" && !duet.isOn) this.start();
    duet.press(pitch, velocity);
  }
}
