import { describe, expect, it } from "vitest";

import type { WriteRequest, WrittenNote } from "../src/engine/engine";
import { type MusicEvent, NoteReader } from "../src/engine/note_reader";
import { type Source, Writer } from "../src/engine/writer";
import { seedOf } from "../src/music/recipe";

const STEPS = 100;

describe("the reader of events", () => {
  const read = (events: [MusicEvent["kind"], number][], from = 0): { notes: WrittenNote[]; now: number } => {
    const reader = new NoteReader(from, STEPS);
    const byId = new Map<number, WrittenNote>();
    for (const [kind, value] of events) for (const note of reader.read({ kind, value })) byId.set(note.id, note);
    return { notes: [...byId.values()], now: reader.now };
  };

  it("makes notes", () => {
    const { notes, now } = read([["VELOCITY", 80], ["NOTE_ON", 60], ["TIME_SHIFT", 50], ["NOTE_ON", 64], ["NOTE_OFF", 60], ["TIME_SHIFT", 25]], 10);
    expect(notes).toEqual([
      { id: 0, start: 10, end: 10.5, pitch: 60, velocity: 80 },
      { id: 1, start: 10.5, end: Infinity, pitch: 64, velocity: 80 },
    ]);
    expect(now).toBe(10.75);
  });

  it("ends a note that is struck again, and ignores a stray end", () => {
    const { notes } = read([["NOTE_ON", 60], ["TIME_SHIFT", 10], ["NOTE_ON", 60], ["NOTE_OFF", 61], ["TIME_SHIFT", 10], ["NOTE_OFF", 60]]);
    expect(notes.map(({ start, end }) => [start, end])).toEqual([[0, 0.1], [0.1, 0.2]]);
  });

  it("does not drift over an hour", () => {
    expect(read(Array.from({ length: 360_000 }, () => ["TIME_SHIFT", 1] as [MusicEvent["kind"], number])).now).toBe(3600);
  });
});

/** Events that depend on all tokens, the options and the seed, as those of a model do. */
class FakeModel implements Source {
  readonly stepsPerSecond = STEPS;
  readonly context = 1000;
  private state = 0;
  begin(tokens: readonly number[], options: Record<string, string | number>, seed: number): void {
    this.state = seed;
    for (const token of tokens) this.add(token);
    for (const text of JSON.stringify(options)) this.add(text.charCodeAt(0));
  }
  next(): number {
    const token = (this.state >>> 8) % 200;
    this.add(token);
    return token;
  }
  event(token: number): MusicEvent {
    if (token < 60) return { kind: "NOTE_ON", value: token + 40 };
    if (token < 120) return { kind: "NOTE_OFF", value: token - 20 };
    return { kind: "TIME_SHIFT", value: token - 119 };
  }
  tokensOf(request: WriteRequest): number[] {
    return request.given.map((note) => note.pitch - 40);
  }
  private add(value: number): void {
    this.state = (Math.imul(this.state ^ value, 2654435761) + 12345) >>> 0;
  }
}

const request = (changes: WriteRequest["changes"] = []): WriteRequest =>
  ({ given: [{ start: 0, end: 1, pitch: 60, velocity: 64 }], from: 1, until: 20, seed: seedOf(7, 0), options: { density: 4 }, changes });

function finish(writer: Writer, notes = new Map<number, WrittenNote>()): WrittenNote[] {
  while (!writer.isAhead) for (const note of writer.step()) notes.set(note.id, note);
  return [...notes.values()].filter((note) => note.start < 19);
}

describe("the writer", () => {
  it("stops where it may not write further, and continues from there", () => {
    const writer = new Writer(new FakeModel(), request());
    finish(writer);
    expect(writer.now).toBeGreaterThanOrEqual(20);
    expect(writer.now).toBeLessThan(21);
    writer.extend(30);
    expect(writer.isAhead).toBe(false);
  });

  it("writes the same again from a link, with every change of wishes", () => {
    const live = new Writer(new FakeModel(), request());
    const notes = new Map<number, WrittenNote>();
    const changes: WriteRequest["changes"] = [];
    for (const [time, density] of [[8.5, 9], [12, 2]] as const) {
      finish(live, notes);
      const options = { density };
      const { event, time: kept, notes: open } = live.rewrite(time, options, 7);
      expect(kept).toBeLessThanOrEqual(time);
      expect(kept).toBeGreaterThan(time - 1);
      for (const [id, note] of notes) if (note.start > kept) notes.delete(id);
      for (const note of open) notes.set(note.id, note);
      changes.push({ event, seed: seedOf(7, event), options });
      live.extend(20);
    }
    const heard = finish(live, notes);
    const again = finish(new Writer(new FakeModel(), request(changes)));
    expect(again).toEqual(heard);
    expect(heard.length).toBeGreaterThan(20);
    expect(again).not.toEqual(finish(new Writer(new FakeModel(), request())));
  });

  it("opens notes again whose end was taken back", () => {
    const writer = new Writer(new FakeModel(), request());
    const notes = new Map<number, WrittenNote>();
    finish(writer, notes);
    const { time, notes: open } = writer.rewrite(10, {}, 7);
    const sounding = [...notes.values()].filter((note) => note.start <= time && note.end > time);
    expect(open.map((note) => note.id).sort()).toEqual(sounding.map((note) => note.id).sort());
    expect(open.every((note) => note.end === Infinity)).toBe(true);
  });
});
