import { describe, expect, it } from "vitest";

import type { Note } from "../src/music/note";
import type { KeyEvent } from "../src/sound/piano_processor";
import { type Instrument, Transport } from "../src/sound/transport";
import { wavOf } from "../src/sound/wav";

class Clock implements Instrument {
  now = 100;
  latency = 0;
  heard: KeyEvent[] = [];
  private queue: KeyEvent[] = [];
  play(events: KeyEvent[]): void {
    this.queue.push(...events);
  }
  forget(time: number): void {
    this.queue = this.queue.filter((event) => event.time < time);
  }
  silence(): void {
    this.queue = [];
  }
  advance(seconds: number): void {
    this.now += seconds;
    const due = this.queue.filter((event) => event.time <= this.now).sort((a, b) => a.time - b.time || a.velocity - b.velocity);
    this.queue = this.queue.filter((event) => event.time > this.now);
    this.heard.push(...due);
  }
}

const note = (start: number, end: number, pitch: number): Note => ({ start, end, keyEnd: end, pitch, velocity: 64, by: "pno" });
const many = Array.from({ length: 100 }, (_, i) => note(i * 0.1, i * 0.1 + 0.35, 40 + (i % 40)));

function playAll(clock: Clock, transport: Transport, step: number, until: number): void {
  while (transport.position < until) {
    transport.fill();
    clock.advance(step);
  }
}

describe("the transport", () => {
  for (const step of [0.05, 1]) {
    it(`plays each note once, in time, with a timer of ${step} s`, () => {
      const clock = new Clock();
      const transport = new Transport(clock, () => many);
      transport.play(0);
      const start = clock.now + 0.03;
      playAll(clock, transport, step, 12);
      const ons = clock.heard.filter((event) => event.velocity > 0);
      expect(ons.map((event) => event.pitch)).toEqual(many.map((n) => n.pitch));
      for (const [i, event] of ons.entries()) expect(event.time - start).toBeCloseTo(many[i]!.start, 6);
      expect(clock.heard.filter((event) => event.velocity === 0)).toHaveLength(100);
    });
  }

  it("replaces what was sent when the notes change, and repeats nothing", () => {
    const clock = new Clock();
    let notes = many;
    const transport = new Transport(clock, () => notes);
    transport.play(0);
    playAll(clock, transport, 0.05, 3);
    notes = many.filter((n) => n.start <= 4).concat([note(4.5, 5, 100)]);
    transport.refresh();
    playAll(clock, transport, 0.05, 8);
    const ons = clock.heard.filter((event) => event.velocity > 0).map((event) => event.pitch);
    expect(ons).toEqual(notes.map((n) => n.pitch));
  });

  it("waits for notes that are not written yet, and loses none", () => {
    const clock = new Clock();
    const notes: Note[] = [];
    let written = 0;
    const transport = new Transport(clock, () => notes, () => written);
    transport.play(0);
    // A writer who is a tenth of a second ahead of the playhead.
    while (transport.position < 9) {
      written = transport.position + 0.15;
      notes.push(...many.slice(notes.length, many.filter((n) => n.start < written).length));
      transport.fill();
      clock.advance(0.05);
    }
    const ons = clock.heard.filter((event) => event.velocity > 0).map((event) => event.pitch);
    expect(ons).toEqual(many.slice(0, ons.length).map((n) => n.pitch));
    expect(ons.length).toBeGreaterThan(85);
  });

  it("stands still while it pauses, and continues there", () => {
    const clock = new Clock();
    const transport = new Transport(clock, () => many);
    transport.play(2);
    playAll(clock, transport, 0.05, 3);
    transport.pause();
    const { position } = transport;
    clock.advance(60);
    expect(transport.position).toBe(position);
    transport.play(position);
    clock.advance(1.03);
    expect(transport.position).toBeCloseTo(position + 1, 6);
  });
});

describe("a WAV file", () => {
  it("has the samples after its header", () => {
    const view = new DataView(wavOf([new Float32Array([0, 1, -2]), new Float32Array([0.5, -0.5, 0])], 44_100).buffer);
    expect(view.byteLength).toBe(44 + 12);
    expect(view.getUint32(24, true)).toBe(44_100);
    expect(view.getUint16(22, true)).toBe(2);
    expect([0, 1, 2, 3, 4, 5].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 16384, 32767, -16383, -32767, 0]);
  });
});
