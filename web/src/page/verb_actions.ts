// The verbs New and Continue, the cut line, and wishes: how they change the sheet.

import { $ } from "./dom";
import type { Duet } from "./duet";
import type { DuetStage } from "./duet_stage";
import { closeNotice, notice } from "./notices";
import type { PageState } from "./page_state";
import type { Player } from "./player";
import type { RollPanel } from "./roll_panel";
import type { Score } from "./score";
import type { Verb } from "./verbs";

const REWRITE_AFTER = 1.5; // seconds beyond the playhead that stay as they are when a wish changes
const WISH_REST_MS = 150; // a slider that moves on is not heard before it rests
const BEFORE_CUT = 2; // seconds that are heard before a continuation

export interface VerbParts {
  state: PageState;
  score: Score;
  player: Player;
  duet: Duet;
  stage: DuetStage;
  roll: RollPanel;
}

export interface VerbEvents {
  /** Before another sheet takes the place of this one. */
  leaving(): void;
  changed(): void;
}

export class VerbActions {
  private wishTimer = 0;

  constructor(private readonly parts: VerbParts, private readonly events: VerbEvents) {}

  set(verb: Verb): void {
    const { state, player, score, duet, stage } = this.parts;
    if (verb === state.verb) return;
    if (duet.isOn) stage.stop();
    state.verb = verb;
    if (verb !== "new") player.pause();
    if (verb === "continue" && score.sheet.notes.length > 0) {
      state.cut = player.position > 0.5 && player.position < score.end ? player.position : score.end;
    } else {
      state.cut = null;
    }
    stage.keyboard.show(verb === "duet");
    this.events.changed();
  }

  bigButton(): void {
    const { state, player, score, duet, stage } = this.parts;
    closeNotice();
    if (player.isStalled || score.isWaiting) return this.cancel();
    switch (state.verb) {
      case "new":
        return this.startNew();
      case "continue":
        if (score.sheet.notes.length === 0) return $("file").click();
        return this.startContinue();
      case "duet":
        return duet.isOn ? stage.stop() : stage.start();
      default:
        return;
    }
  }

  /** Shows and plays the sheet from `from` on. */
  startPlaying(from: number): void {
    this.parts.roll.show(from);
    this.events.changed();
    this.parts.player.start(from);
  }

  cancel(): void {
    this.parts.player.pause();
    this.parts.score.stop();
    this.events.changed();
  }

  /** A wish has changed: what is not heard yet is written again. */
  wished(): void {
    clearTimeout(this.wishTimer);
    const { score, player } = this.parts;
    this.wishTimer = window.setTimeout(() => score.wish(player.position + REWRITE_AFTER), WISH_REST_MS);
  }

  private startNew(): void {
    this.events.leaving();
    this.parts.score.beginNew();
    this.parts.state.cut = null;
    this.startPlaying(0);
  }

  private startContinue(): void {
    const { state, score } = this.parts;
    const cut = Math.round((state.cut ?? score.end) * 100) / 100;
    this.events.leaving();
    if (!score.continueFrom(cut)) return notice("There is nothing before this place to continue.");
    state.cut = cut;
    this.startPlaying(Math.max(0, cut - BEFORE_CUT));
  }
}
