// The state that the roll shows.

import type { Note } from "../music/note";
import type { Sheet } from "../music/sheet";
import type { Heeded } from "../roll/roll_painter";

export interface RollState {
  sheet: Sheet;
  position: number;
  isPlaying: boolean;
  heardUntil: number;
  written: number; // Infinity if nothing is being written
  cut: number | null;
  cutFades: boolean;
  chosen: Note | null;
  heeded: readonly Heeded[] | null; // what the chosen note was drawn from, if that is shown
  planLabel: string;
  isEmpty: boolean;
}
