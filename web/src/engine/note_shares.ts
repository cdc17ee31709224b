// Attention weights of events, added up for each note.

import type { NoteShare } from "./engine";
import type { MusicEvent } from "./note_reader";

export interface NoteShares {
  notes: NoteShare[]; // the greatest share first
  rest: number; // of events that belong to no note: pauses, the start
}

/** `weights` are those of the last of `events`. */
export function noteShares(events: readonly MusicEvent[], weights: ArrayLike<number>, stepsPerSecond: number): NoteShares {
  const first = events.length - weights.length;
  const notes: NoteShare[] = [];
  const sounding = new Map<number, NoteShare>();
  let rest = 0;
  let steps = 0;
  let ofVelocity = 0; // of a VELOCITY whose note is still to come
  for (const [i, { kind, value }] of events.entries()) {
    const weight = i < first ? 0 : weights[i - first]!;
    if (kind === "VELOCITY") {
      ofVelocity += weight;
    } else if (kind === "NOTE_ON") {
      const note = { start: steps / stepsPerSecond, pitch: value, share: weight + ofVelocity };
      ofVelocity = 0;
      notes.push(note);
      sounding.set(value, note);
    } else if (kind === "NOTE_OFF" && sounding.has(value)) {
      sounding.get(value)!.share += weight;
      sounding.delete(value);
    } else {
      if (kind === "TIME_SHIFT") steps += value;
      rest += weight;
    }
  }
  return { notes: notes.filter((note) => note.share > 0).sort((a, b) => b.share - a.share), rest: rest + ofVelocity };
}

/** The index of the NOTE_ON of a note, whose time may be rounded either way; -1 if there is none. */
export function findNoteOn(events: readonly MusicEvent[], note: { start: number; pitch: number }, stepsPerSecond: number): number {
  const step = Math.round(note.start * stepsPerSecond);
  let steps = 0;
  let nearest = -1;
  let distance = 2;
  for (const [i, { kind, value }] of events.entries()) {
    if (kind === "TIME_SHIFT") steps += value;
    if (kind !== "NOTE_ON" || value !== note.pitch || Math.abs(steps - step) >= distance) continue;
    nearest = i;
    distance = Math.abs(steps - step);
  }
  return nearest;
}
