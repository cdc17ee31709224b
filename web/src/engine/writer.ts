// Writes music with a session of the engine, a slice of time after the other.

import { seedOf } from "../music/recipe";
import type { WriteRequest, WrittenNote } from "./engine";
import { NoteReader, type MusicEvent } from "./note_reader";

/** The part of a session and its model that the writer uses. */
export interface Source {
  /** Forgets all, reads `tokens`, and draws with these options from now on. */
  begin(tokens: readonly number[], options: Record<string, string | number>, seed: number): void;
  /** The next event, which is read at once. */
  next(): number;
  event(token: number): MusicEvent;
  tokensOf(request: WriteRequest): number[];
  readonly stepsPerSecond: number;
  readonly context: number;
}

export class Writer {
  private readonly given: number[];
  private readonly tokens: number[] = []; // written
  private readonly times: number[] = []; // before each of them
  private reader: NoteReader;
  private readonly changes: WriteRequest["changes"];
  private until: number;

  constructor(private readonly source: Source, private readonly request: WriteRequest) {
    this.given = source.tokensOf(request);
    this.changes = [...request.changes];
    this.until = request.until;
    this.reader = new NoteReader(request.from, source.stepsPerSecond);
    source.begin(this.recent(), request.options, request.seed);
  }

  get now(): number {
    return this.reader.now;
  }
  get isAhead(): boolean {
    return this.now >= this.until;
  }
  get notes(): number {
    return this.reader.notes;
  }
  extend(until: number): void {
    this.until = Math.max(this.until, until);
  }

  /** Draws one event; the notes that begin or end with it. */
  step(): WrittenNote[] {
    const change = this.changes[0];
    if (change?.event === this.tokens.length) {
      this.changes.shift();
      this.source.begin(this.recent(), change.options, change.seed);
    }
    const token = this.source.next();
    this.times.push(this.now);
    this.tokens.push(token);
    return this.reader.read(this.source.event(token));
  }

  /**
   * Takes back the events after `time` and draws with other options from there. The notes are those
   * whose end was taken back.
   */
  rewrite(time: number, options: Record<string, string | number>, number: number): { event: number; time: number; notes: WrittenNote[] } {
    // The first event after which it is later than `time`.
    let event = this.tokens.length;
    while (event > 0 && (this.times[event] ?? this.now) > time) --event;
    const dropped = this.tokens.length - event;
    if (dropped > 0) {
      this.tokens.length = event;
      this.times.length = event;
    }
    // Changes of a link that were not reached yet belong to music that is not written any more.
    this.changes.length = 0;
    const before = new Map<number, WrittenNote>();
    this.reader = new NoteReader(this.request.from, this.source.stepsPerSecond);
    for (const token of this.tokens) for (const note of this.reader.read(this.source.event(token))) before.set(note.id, note);
    this.source.begin(this.recent(), options, seedOf(number, event));
    this.until = Math.max(time, this.now);
    return { event, time: this.now, notes: [...before.values()].filter((note) => note.end === Infinity) };
  }

  /** The last tokens that fit in the context, always read in the same way: same tokens, same music. */
  private recent(): number[] {
    const all = [...this.given, ...this.tokens];
    return all.slice(-Math.floor(this.source.context * 0.75));
  }
}
