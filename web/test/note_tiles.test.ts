import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Note } from "../src/music/note";
import { NoteTiles, TILE, type TiledNotes } from "../src/roll/note_tiles";
import { LIGHT } from "../src/roll/palette";
import { View } from "../src/roll/view";

// A canvas that only counts the notes that are drawn on it.
let shapes = 0;
const context = new Proxy({}, { get: (_, name) => (name === "roundRect" ? () => ++shapes : () => {}), set: () => true });
beforeEach(() => {
  shapes = 0;
  vi.stubGlobal("document", { createElement: () => ({ width: 0, height: 0, getContext: () => context }) });
});
afterEach(() => vi.unstubAllGlobals());

// A note each 0.1 s for a minute; 100 pixels a second, so that a tile is 1.28 s.
const note = (start: number, length = 0.05): Note => ({ start, end: start + length, keyEnd: start + length, pitch: 60, velocity: 64, by: "pno" });
const music = (): Note[] => Array.from({ length: 600 }, (_, i) => note(i * 0.1));
function viewAt(from: number): View {
  const view = new View();
  Object.assign(view, { from, seconds: 10, keys: 56, width: 56 + 1000, height: 400 });
  return view;
}
const tiled = (notes: Note[], more: Partial<TiledNotes> = {}): TiledNotes => ({ notes, written: 100, cut: Infinity, colours: LIGHT, ...more });

/** Shows all tiles in sight as solid; the number that were drawn for it. */
function show(tiles: NoteTiles, from: number, state: TiledNotes): number {
  const before = tiles.drawn;
  tiles.prepare(viewAt(from), 1, state);
  for (const x of tiles.inSight()) tiles.picture("solid", x);
  return tiles.drawn - before;
}

describe("the tiles of the roll", () => {
  it("cover the view and hold every note in sight", () => {
    const tiles = new NoteTiles();
    expect(show(tiles, 0, tiled(music()))).toBe(Math.floor(1000 / TILE) + 1);
    expect(shapes).toBeGreaterThanOrEqual(100);
    expect([...tiles.inSight()]).toEqual(Array.from({ length: 8 }, (_, i) => i * TILE));
  });

  it("are not drawn again while nothing changes, and one by one while the roll glides", () => {
    const tiles = new NoteTiles();
    const state = tiled(music());
    show(tiles, 0, state);
    expect(show(tiles, 0, state)).toBe(0);
    expect(show(tiles, 0.2, state)).toBe(0);
    let drawn = 0;
    for (let from = 0.2; from < 13; from += 0.016) {
      const now = show(tiles, from, state);
      expect(now).toBeLessThanOrEqual(1);
      drawn += now;
    }
    expect(drawn).toBe(10);
  });

  it("are drawn again where a note came, ended, or was taken back", () => {
    const tiles = new NoteTiles();
    const notes = music();
    show(tiles, 0, tiled(notes));
    notes.splice(15, 0, { ...note(1.45), pitch: 70 });
    expect(show(tiles, 0, tiled(notes))).toBe(1);
    notes[15]!.velocity = 100;
    expect(show(tiles, 0, tiled(notes))).toBe(1);
    notes.splice(15, 1);
    expect(show(tiles, 0, tiled(notes))).toBe(1);
  });

  it("follow a note that is still written, where it grows", () => {
    const tiles = new NoteTiles();
    const notes = [note(0.5), { ...note(2), end: Infinity, keyEnd: Infinity }];
    show(tiles, 0, tiled(notes, { written: 3 }));
    // It reaches over two tiles, the last of which grows, and then into the next.
    expect(show(tiles, 0, tiled(notes, { written: 3.2 }))).toBe(2);
    expect(show(tiles, 0, tiled(notes, { written: 3.2 }))).toBe(0);
  });

  it("beyond the cut are drawn again when it moves, and all when the zoom or the theme changes", () => {
    const tiles = new NoteTiles();
    const state = tiled(music());
    const all = show(tiles, 0, state);
    expect(show(tiles, 0, { ...state, cut: 8 })).toBe(2);
    expect(show(tiles, 0, { ...state, colours: { ...LIGHT, paper: "#000000" } })).toBe(all);
  });
});
