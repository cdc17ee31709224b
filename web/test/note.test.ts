import { describe, expect, it } from "vitest";

import { clock, clockTenths, spokenTime } from "../src/music/clock";
import { before, endOf, firstFrom, insert, nearestGap, type Note, pitchName } from "../src/music/note";
import { History, emptySheet, type Sheet } from "../src/music/sheet";

const note = (start: number, end: number, pitch = 60): Note => ({ start, end, keyEnd: end, pitch, velocity: 64, by: "human" });

describe("notes", () => {
  it("before a cut end there", () => {
    const cut = before([note(0, 1), note(0.5, 3), note(2, 4)], 2);
    expect(cut.map(({ start, end }) => [start, end])).toEqual([[0, 1], [0.5, 2]]);
  });

  it("stay sorted when one is added", () => {
    const notes = [note(0, 1), note(1, 2), note(2, 3)];
    insert(notes, note(1, 2, 50));
    insert(notes, note(5, 6));
    expect(notes.map((n) => [n.start, n.pitch])).toEqual([[0, 60], [1, 50], [1, 60], [2, 60], [5, 60]]);
  });

  it("are found by binary search as by looking at each", () => {
    const notes = [0, 0, 1, 1, 1, 2, 5].map((start) => note(start, start + 1));
    for (const time of [-1, 0, 0.5, 1, 2, 3, 5, 6]) {
      const slow = notes.findIndex((n) => n.start >= time);
      expect(firstFrom(notes, time)).toBe(slow < 0 ? notes.length : slow);
    }
  });

  it("without an end count with their start", () => {
    expect(endOf([note(0, 2), note(3, Infinity)])).toBe(3);
  });

  it("give the cut a gap nearby, and none far away", () => {
    const notes = [note(0, 1), note(1.05, 2)];
    expect(nearestGap(notes, 0.98)).toBe(1);
    expect(nearestGap(notes, 0.5)).toBe(0.5);
  });

  it("have names", () => {
    expect([60, 61, 21, 108].map(pitchName)).toEqual(["C4", "C♯4", "A0", "C8"]);
  });
});

describe("times", () => {
  it("are text", () => {
    expect(clock(79.9)).toBe("1:19");
    expect(clockTenths(59.96)).toBe("1:00.0");
    expect(clockTenths(10.24)).toBe("0:10.2");
    expect(spokenTime(70.25)).toBe("1 minute 10.3 seconds");
  });
});

describe("the history", () => {
  const sheet = (title: string): Sheet => ({ ...emptySheet(), title, notes: [note(0, 1)] });

  it("takes back and repeats", () => {
    const history = new History();
    history.push(sheet("one"));
    history.push(sheet("two"));
    expect(history.undo(sheet("three"))!.title).toBe("two");
    expect(history.undo(sheet("two"))!.title).toBe("one");
    expect(history.undo(sheet("one"))).toBeNull();
    expect(history.redo(sheet("one"))!.title).toBe("two");
    history.push(sheet("two"));
    expect(history.canRedo).toBe(false);
  });

  it("does not change with the sheet", () => {
    const history = new History();
    const current = sheet("one");
    history.push(current);
    current.notes[0]!.end = 99;
    expect(history.undo(sheet("two"))!.notes[0]!.end).toBe(1);
  });

  it("has at least a hundred steps", () => {
    const history = new History();
    for (let i = 0; i < 300; ++i) history.push(sheet(String(i)));
    let steps = 0;
    for (let current: Sheet | null = sheet("now"); current; ++steps) current = history.undo(current);
    expect(steps).toBeGreaterThan(100);
  });
});
