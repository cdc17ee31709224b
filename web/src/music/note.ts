// Notes, in seconds from the start of the music.

export type Player = "human" | "pno";

export interface Note {
  start: number;
  /** End of the sound; Infinity while the note is still being written or played. */
  end: number;
  /** End of the key, at most `end`: a pedal may hold the sound longer. */
  keyEnd: number;
  pitch: number; // 0 … 127, 60 is middle C
  velocity: number; // 1 … 127
  by: Player;
}

export const byStart = (a: Note, b: Note): number => a.start - b.start || a.pitch - b.pitch;

/** The end of the last note; notes without an end count with their start. */
export function endOf(notes: readonly Note[]): number {
  return notes.reduce((end, note) => Math.max(end, Number.isFinite(note.end) ? note.end : note.start), 0);
}

/** The notes before `time`, those that sound across it shortened. */
export function before(notes: readonly Note[], time: number): Note[] {
  return notes
    .filter((note) => note.start < time)
    .map((note) => (note.end <= time ? note : { ...note, end: time, keyEnd: Math.min(note.keyEnd, time) }));
}

/** The index of the first note that starts at `time` or later; `notes` are sorted. */
export function firstFrom(notes: readonly Note[], time: number): number {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (notes[middle]!.start < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a note to sorted notes. */
export function insert(notes: Note[], note: Note): void {
  let at = notes.length;
  while (at > 0 && byStart(notes[at - 1]!, note) > 0) --at;
  notes.splice(at, 0, note);
}

/** The time nearest to `time` at which no key is struck within `reach` seconds of it, in a gap between notes. */
export function nearestGap(notes: readonly Note[], time: number, reach = 0.08): number {
  const edges = notes.flatMap((note) => [note.start, note.end]).filter((edge) => Math.abs(edge - time) <= reach);
  const sounding = (at: number): number => notes.filter((note) => note.start < at && note.end > at).length;
  const candidates = [time, ...edges];
  return candidates.reduce((best, edge) => {
    const gain = sounding(edge) - sounding(best);
    return gain < 0 || (gain === 0 && Math.abs(edge - time) < Math.abs(best - time)) ? edge : best;
  });
}

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const SPOKEN = ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];

export const isBlack = (pitch: number): boolean => [1, 3, 6, 8, 10].includes(pitch % 12);
export const pitchName = (pitch: number): string => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
export const spokenPitch = (pitch: number): string => `${SPOKEN[pitch % 12]} ${Math.floor(pitch / 12) - 1}`;
export const loudness = (velocity: number): string => (velocity < 45 ? "soft" : velocity < 75 ? "medium" : "loud");
