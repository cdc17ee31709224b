// The part of the music that a roll shows, and where it draws it.

import type { Note } from "../music/note";

export const WHO_HEIGHT = 24;
export const TIME_HEIGHT = 24;
export const TOP = WHO_HEIGHT + TIME_HEIGHT;
const FEWEST_ROWS = 34;
const MARGIN_ROWS = 2;

export class View {
  from = 0; // seconds at the left edge, right of the keys
  seconds = 24; // across
  lowest = 43; // pitches
  highest = 81;
  width = 800; // pixels
  height = 400;
  keys = 56; // pixels of the keys at the left

  get until(): number {
    return this.from + this.seconds;
  }
  get rowHeight(): number {
    return (this.height - TOP - 8) / (this.highest - this.lowest + 1);
  }
  x(time: number): number {
    return this.keys + ((time - this.from) / this.seconds) * (this.width - this.keys);
  }
  y(pitch: number): number {
    return TOP + (this.highest - pitch) * this.rowHeight;
  }
  time(x: number): number {
    return this.from + ((x - this.keys) / (this.width - this.keys)) * this.seconds;
  }
  pitch(y: number): number {
    return this.highest - Math.floor((y - TOP) / this.rowHeight);
  }

  /** Rows for all notes, and never fewer than a few octaves. */
  fitPitches(notes: readonly Note[]): void {
    let low = 127;
    let high = 0;
    for (const { pitch } of notes) {
      low = Math.min(low, pitch);
      high = Math.max(high, pitch);
    }
    if (low > high) [low, high] = [46, 78];
    low -= MARGIN_ROWS;
    high += MARGIN_ROWS;
    while (high - low + 1 < FEWEST_ROWS) {
      --low;
      if (high - low + 1 < FEWEST_ROWS) ++high;
    }
    this.lowest = Math.max(0, low);
    this.highest = Math.min(127, high);
  }

  /** Zooms so that the time at `x` stays there. */
  zoom(factor: number, x: number): void {
    const time = this.time(x);
    this.seconds = Math.min(240, Math.max(2, this.seconds * factor));
    this.from = Math.max(0, time - ((x - this.keys) / (this.width - this.keys)) * this.seconds);
  }
}

/** Distance of two time marks in seconds, so that they are at least `pixels` apart. */
export function timeStep(view: View, pixels = 72): number {
  const least = (view.seconds / (view.width - view.keys)) * pixels;
  return [0.5, 1, 2, 5, 10, 15, 30, 60].find((step) => step >= least) ?? 120;
}
