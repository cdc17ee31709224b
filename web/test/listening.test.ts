import { describe, expect, it } from "vitest";

import type { Note } from "../src/music/note";
import { heededOf, sharesByDistance } from "../src/page/listening";

const note = (start: number, pitch: number): Note => ({ start, end: start + 1, keyEnd: start + 1, pitch, velocity: 64, by: "pno" });

describe("what pno listened to", () => {
  const notes = [note(0, 60), note(1.003, 64), note(2, 60), note(20, 67)];

  it("is shown at the notes of the sheet, which are beside the grid of the events", () => {
    const attention = { notes: [{ start: 1, pitch: 64, share: 0.4 }, { start: 0, pitch: 60, share: 0.2 }, { start: 5, pitch: 60, share: 0.1 }], rest: 0.3 };
    expect(heededOf(notes, notes[3]!, attention)).toEqual([{ note: notes[1], share: 0.4 }, { note: notes[0], share: 0.2 }]);
  });

  it("has twelve arcs at most, and none to the chosen note itself", () => {
    const many = Array.from({ length: 20 }, (_, i) => note(i, 60));
    const attention = { notes: many.map(({ start, pitch }) => ({ start, pitch, share: 0.05 })), rest: 0 };
    const heeded = heededOf(many, many[3]!, attention);
    expect(heeded).toHaveLength(12);
    expect(heeded.some((one) => one.note === many[3])).toBe(false);
  });

  it("is added up by how far back it is", () => {
    const shares = [19.5, 18.5, 17, 14, 10, 1].map((start, i) => ({ start, pitch: 60, share: 2 ** i }));
    expect(sharesByDistance({ notes: shares, rest: 0 }, 20)).toEqual([1, 2, 4, 8, 16, 32]);
  });
});
