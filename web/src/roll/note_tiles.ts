// The notes of a roll as pictures that are kept from frame to frame: tiles of equal width along the
// time, each drawn again only when its notes have changed. A frame then copies tiles, whatever the
// number of notes.

import { firstFrom, type Note } from "../music/note";
import { drawNote, type Look } from "./note_shape";
import type { Palette } from "./palette";
import { View } from "./view";

export const TILE = 128; // pixels of the screen
const LONGEST_NOTE = 60; // seconds before a tile in which a note may begin that reaches into it
const MANY_NOTES = 150; // in a tile: above this, tails are left out
const FADED = 0.28;
const REACH = 4; // pixels that a note's edge reaches beyond its times
const MOST_SPARE = 16; // tiles that are kept out of sight

export interface TiledNotes {
  notes: readonly Note[]; // sorted
  written: number; // seconds: notes without an end are drawn up to here
  cut: number; // seconds: notes from here on are faded
  colours: Palette;
}

interface Tile {
  canvas: HTMLCanvasElement;
  drawn: number; // hash of the notes that it shows
}

interface Contents {
  hash: number;
  notes: Note[];
}

const mixed = (hash: number, value: number): number => Math.imul(hash ^ (value | 0), 0x01000193);
const MS = 1000;

export class NoteTiles {
  /** Tiles that were drawn since this was made: a measure of the work. */
  drawn = 0;
  private readonly tiles: Record<Look, Map<number, Tile>> = { solid: new Map(), hollow: new Map() };
  private key = "";
  private first = 0; // of `contents`
  private contents: Contents[] = [];
  private view = new View();
  private scale = 1;
  private tiled!: TiledNotes;

  /** What the next frame shows. `scale`: pixels of the screen for one of the page. */
  prepare(view: View, scale: number, tiled: TiledNotes): void {
    const { lowest, highest, height, seconds, width, keys } = view;
    const key = [lowest, highest, height, (width - keys) / seconds, scale, tiled.colours.paper].join();
    if (key !== this.key) {
      this.key = key;
      this.tiles.solid.clear();
      this.tiles.hollow.clear();
    }
    this.scale = scale;
    this.tiled = tiled;
    // A view without keys, whose left edge each tile sets.
    Object.assign(this.view, { lowest, highest, height, keys: 0, width: width - keys, seconds });
    this.first = Math.floor(this.pixels(view.from) / TILE);
    const last = Math.floor((this.pixels(view.from) + (width - keys) * scale) / TILE);
    this.contents = Array.from({ length: last - this.first + 1 }, () => ({ hash: 0x811c9dc5, notes: [] }));
    this.collect(view);
    for (const tiles of Object.values(this.tiles)) this.forget(tiles, last);
  }

  /** Pixels of the screen from time 0 to `time`. */
  pixels(time: number): number {
    return Math.round(time * this.perSecond);
  }
  /** Pixels of the screen. */
  private get perSecond(): number {
    return (this.view.width / this.view.seconds) * this.scale;
  }

  /** The tiles in sight, by their distance from time 0 in pixels of the screen. */
  *inSight(): Generator<number> {
    for (let i = 0; i < this.contents.length; ++i) yield (this.first + i) * TILE;
  }

  /** The picture of the tile at `x`, one of inSight(); null if it has no notes. */
  picture(look: Look, x: number): HTMLCanvasElement | null {
    const index = x / TILE;
    const contents = this.contents[index - this.first]!;
    if (contents.notes.length === 0) return null;
    let tile = this.tiles[look].get(index);
    if (!tile) this.tiles[look].set(index, (tile = { canvas: document.createElement("canvas"), drawn: 0 }));
    if (tile.drawn !== contents.hash) this.draw(tile, look, x, contents);
    return tile.canvas;
  }

  private collect(view: View): void {
    const { notes, written, cut } = this.tiled;
    const perSecond = this.perSecond;
    // To the end of the last tile, not of the view: a tile does not change as it comes in sight.
    const until = ((this.first + this.contents.length) * TILE + REACH) / perSecond;
    for (let i = firstFrom(notes, view.from - LONGEST_NOTE); i < notes.length; ++i) {
      const note = notes[i]!;
      if (note.start > until) break;
      const end = Math.min(note.end, written);
      const firstTile = Math.max(this.first, Math.floor((note.start * perSecond - REACH) / TILE));
      const lastTile = Math.min(this.first + this.contents.length - 1, Math.floor((end * perSecond + REACH) / TILE));
      const keyEnd = Math.min(note.keyEnd, end);
      for (let tile = firstTile; tile <= lastTile; ++tile) {
        const contents = this.contents[tile - this.first]!;
        contents.notes.push(note);
        let { hash } = contents;
        hash = mixed(hash, note.start * MS);
        hash = mixed(hash, keyEnd * MS);
        hash = mixed(hash, end * MS);
        hash = mixed(hash, note.pitch | (note.velocity << 8) | (note.by === "pno" ? 1 << 16 : 0) | (note.start >= cut ? 1 << 17 : 0));
        contents.hash = hash;
      }
    }
  }

  private draw(tile: Tile, look: Look, x: number, { hash, notes }: Contents): void {
    const { canvas } = tile;
    const height = Math.round(this.view.height * this.scale);
    if (canvas.width !== TILE || canvas.height !== height) Object.assign(canvas, { width: TILE, height });
    const g = canvas.getContext("2d")!;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, TILE, height);
    g.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.view.from = x / this.perSecond;
    const { colours, written, cut } = this.tiled;
    const hasTail = notes.length < MANY_NOTES;
    for (const note of notes) drawNote(g, this.view, note, { look, colours, written, hasTail, alpha: note.start >= cut ? FADED : 1 });
    tile.drawn = hash;
    ++this.drawn;
  }

  /** Forgets tiles that are far out of sight. */
  private forget(tiles: Map<number, Tile>, last: number): void {
    if (tiles.size <= this.contents.length + MOST_SPARE) return;
    for (const index of tiles.keys()) if (index < this.first - 1 || index > last + 1) tiles.delete(index);
  }
}
