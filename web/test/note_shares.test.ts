import { describe, expect, it } from "vitest";

import { findNoteOn, noteShares } from "../src/engine/note_shares";
import type { MusicEvent } from "../src/engine/note_reader";

const STEPS = 100;
const EVENTS: MusicEvent[] = [
  { kind: "BOS", value: 0 }, { kind: "VELOCITY", value: 80 }, { kind: "NOTE_ON", value: 60 }, { kind: "TIME_SHIFT", value: 50 },
  { kind: "NOTE_OFF", value: 60 }, { kind: "TIME_SHIFT", value: 100 }, { kind: "NOTE_ON", value: 64 },
];
// Powers of two, so that sums tell their parts.
const WEIGHTS = [1, 2, 4, 8, 16, 32, 64];

describe("the shares of notes", () => {
  it("add up the events of each note, the greatest first", () => {
    expect(noteShares(EVENTS, WEIGHTS, STEPS)).toEqual({
      notes: [{ start: 1.5, pitch: 64, share: 64 }, { start: 0, pitch: 60, share: 2 + 4 + 16 }],
      rest: 1 + 8 + 32,
    });
  });

  it("leave out notes whose events are all earlier than the weights", () => {
    expect(noteShares(EVENTS, [5], STEPS)).toEqual({ notes: [{ start: 1.5, pitch: 64, share: 5 }], rest: 0 });
  });

  it("count events of no note as the rest", () => {
    expect(noteShares([{ kind: "NOTE_OFF", value: 60 }, { kind: "VELOCITY", value: 3 }], [1, 2], STEPS)).toEqual({ notes: [], rest: 3 });
  });

  it("find a note by its onset and pitch, one step off at most", () => {
    expect(findNoteOn(EVENTS, { start: 1.5, pitch: 64 }, STEPS)).toBe(6);
    expect(findNoteOn(EVENTS, { start: 1.494, pitch: 64 }, STEPS)).toBe(6);
    expect(findNoteOn(EVENTS, { start: 1.48, pitch: 64 }, STEPS)).toBe(-1);
    expect(findNoteOn(EVENTS, { start: 1.5, pitch: 60 }, STEPS)).toBe(-1);
  });
});
