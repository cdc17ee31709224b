// Plays the notes of a sheet against the audio clock, a few seconds ahead of it, so that a page in
// the background, whose timers run once a second, still plays in time.

import { endOf, firstFrom, type Note } from "../music/note";
import type { KeyEvent } from "./piano_processor";

/** The part of the piano that the transport uses. */
export interface Instrument {
  readonly now: number; // seconds of the audio clock
  readonly latency: number;
  play(events: KeyEvent[]): void;
  forget(time: number): void;
  silence(): void;
}

const AHEAD = 2.5; // seconds
const SAFETY = 0.03; // seconds, from a message to the audio thread

export class Transport {
  private startClock = 0; // of the audio clock, when the music was at startPosition
  private startPosition = 0;
  private sent = 0; // position up to which events were sent
  isPlaying = false;

  /** `written` is up to where the notes are complete; nothing beyond is sent. */
  constructor(private readonly instrument: Instrument, private readonly notes: () => readonly Note[], private readonly written: () => number = () => Infinity) {}

  /** Seconds of the music that are heard now. */
  get position(): number {
    if (!this.isPlaying) return this.startPosition;
    return Math.max(this.startPosition, this.atClock(this.instrument.now - this.instrument.latency));
  }

  play(from: number): void {
    if (this.isPlaying) this.pause();
    this.startClock = this.instrument.now + SAFETY;
    this.startPosition = from;
    this.sent = from;
    this.isPlaying = true;
    // Notes that sound at `from` already.
    const sounding = this.notes().filter((note) => note.start < from - 0.001 && note.end > from + 0.05);
    this.instrument.play(sounding.map(({ pitch, velocity }) => ({ time: this.startClock, pitch, velocity })));
    this.fill();
  }

  pause(): void {
    const position = this.position;
    this.isPlaying = false;
    this.startPosition = position;
    this.instrument.silence();
  }

  seek(position: number): void {
    const wasPlaying = this.isPlaying;
    if (wasPlaying) this.pause();
    this.startPosition = Math.max(0, position);
    if (wasPlaying) this.play(this.startPosition);
  }

  /** The notes have changed: events that were sent are replaced. */
  refresh(): void {
    if (!this.isPlaying) return;
    const clock = this.instrument.now + SAFETY;
    this.instrument.forget(clock);
    this.sent = Math.max(this.startPosition, this.atClock(clock));
    this.fill();
  }

  /** Sends the events of the next seconds. Call it at least once a second. */
  fill(): void {
    if (!this.isPlaying) return;
    const until = Math.min(this.atClock(this.instrument.now) + AHEAD, this.written());
    if (until <= this.sent) return;
    const events: KeyEvent[] = [];
    const notes = this.notes();
    for (let i = firstFrom(notes, this.sent); i < notes.length && notes[i]!.start < until; ++i) {
      events.push({ time: this.clockAt(notes[i]!.start), pitch: notes[i]!.pitch, velocity: notes[i]!.velocity });
    }
    for (const note of notes) {
      if (note.start >= until) break;
      if (note.end >= this.sent && note.end < until) {
        events.push({ time: this.clockAt(note.end), pitch: note.pitch, velocity: 0 });
      }
    }
    this.sent = until;
    this.instrument.play(events);
  }

  get hasEnded(): boolean {
    return this.isPlaying && this.position > endOf(this.notes()) + 0.5;
  }

  private atClock(clock: number): number {
    return this.startPosition + clock - this.startClock;
  }
  private clockAt(position: number): number {
    return this.startClock + position - this.startPosition;
  }
}
