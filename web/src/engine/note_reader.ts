// Events of a model to notes, one at a time.

import type { WrittenNote } from "./engine";

export interface MusicEvent {
  kind: "NOTE_ON" | "NOTE_OFF" | "TIME_SHIFT" | "VELOCITY" | "BOS" | "EOS";
  value: number; // of a VELOCITY: 1 … 127; of a TIME_SHIFT: steps
}

export class NoteReader {
  now: number; // seconds
  notes = 0; // read so far
  private velocity = 64;
  private readonly open = new Map<number, WrittenNote>();

  constructor(from: number, private readonly stepsPerSecond: number) {
    this.now = from;
    this.origin = from;
  }
  private readonly origin: number;
  private steps = 0;

  /** The notes that begin or end with the event. */
  read({ kind, value }: MusicEvent): WrittenNote[] {
    switch (kind) {
      case "VELOCITY":
        this.velocity = value;
        return [];
      case "TIME_SHIFT":
        this.steps += value;
        this.now = this.origin + this.steps / this.stepsPerSecond; // a product: nothing drifts
        return [];
      case "NOTE_ON": {
        const ended = this.end(value);
        const note = { id: this.notes++, start: this.now, end: Infinity, pitch: value, velocity: this.velocity };
        this.open.set(value, note);
        return [...ended, { ...note }];
      }
      case "NOTE_OFF":
        return this.end(value);
      default:
        return [];
    }
  }

  private end(pitch: number): WrittenNote[] {
    const note = this.open.get(pitch);
    if (!note) return [];
    this.open.delete(pitch);
    note.end = Math.max(this.now, note.start + 1 / this.stepsPerSecond);
    return [{ ...note }];
  }
}
