// The sheet: one piece of music, and its history.

import type { Note, Player } from "./note";
import type { Recipe } from "./recipe";

/** A labelled stretch of the strip above the roll. */
export interface Stretch {
  from: number;
  to: number; // Infinity: as long as the music
  by: Player;
  label: string;
}

export interface Sheet {
  title: string;
  subtitle: string;
  notes: Note[]; // sorted
  stretches: Stretch[];
  /** How pno made it, for a link; null if it cannot be made again. */
  recipe: Recipe | null;
}

export const emptySheet = (): Sheet => ({ title: "", subtitle: "", notes: [], stretches: [], recipe: null });

/** Copies the lists, not the notes: notes of a finished step do not change. */
export const copyOf = (sheet: Sheet): Sheet => ({
  ...sheet,
  notes: sheet.notes.map((note) => ({ ...note })),
  stretches: sheet.stretches.map((stretch) => ({ ...stretch })),
  recipe: sheet.recipe && structuredClone(sheet.recipe),
});

const MOST_STEPS = 200;

/** Undo and redo. The current sheet is not in the history. */
export class History {
  private past: Sheet[] = [];
  private future: Sheet[] = [];

  /** Remembers `current` before it is replaced. */
  push(current: Sheet): void {
    this.past.push(copyOf(current));
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.future = [];
  }
  undo(current: Sheet): Sheet | null {
    const sheet = this.past.pop();
    if (!sheet) return null;
    this.future.push(copyOf(current));
    return sheet;
  }
  redo(current: Sheet): Sheet | null {
    const sheet = this.future.pop();
    if (!sheet) return null;
    this.past.push(copyOf(current));
    return sheet;
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }
}
