// Draws a roll on a canvas: the rows and keys, which are kept as one picture, the times, and the notes
// as tiles.

import { clock } from "../music/clock";
import { firstFrom, isBlack, type Note } from "../music/note";
import { boxOf, drawNote, type Look } from "./note_shape";
import { NoteTiles, TILE, type TiledNotes } from "./note_tiles";
import { type Palette, touch } from "./palette";
import { TOP, timeStep, type View, WHO_HEIGHT } from "./view";

export interface Scene extends TiledNotes {
  /** Notes from here on are still to come, and hollow; Infinity: none. */
  heardUntil: number;
  now: number | null; // whose notes light their keys
  chosen: Note | null;
  hasGrid: boolean;
  alpha: number; // of all notes
  /** Times whose own labels hide the numbers beside them. */
  marks: readonly number[];
  /** Notes that a chosen one was drawn from; the others are faded. Null: nothing is shown about that. */
  heeded: readonly Heeded[] | null;
}

/** A note that pno attended to when it drew the chosen one. */
export interface Heeded {
  note: Note;
  share: number; // of the attention, 0 … 1
}

const LONGEST_NOTE = 60; // seconds before now in which a note may begin that still sounds
const FONT = '400 13px "Figtree Variable", system-ui, sans-serif';
const UNHEEDED = 0.22; // alpha of the notes that the chosen one was not drawn from
const WIDEST_ARC = 6; // pixels
const THINNEST_ARC = 2;

/** Sizes the canvas for the screen's pixels. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number, scale = globalThis.devicePixelRatio || 1): CanvasRenderingContext2D {
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

export class RollPainter {
  readonly tiles = new NoteTiles();
  private readonly rows = document.createElement("canvas");
  private rowsDrawn = "";

  constructor(private readonly canvas: HTMLCanvasElement) {}

  paint(view: View, scene: Scene, scale = globalThis.devicePixelRatio || 1): void {
    const g = fit(this.canvas, view.width, view.height, scale);
    g.clearRect(0, 0, view.width, view.height);
    if (scene.hasGrid) {
      g.setTransform(1, 0, 0, 1, 0, 0);
      g.drawImage(this.rowsOf(view, scene.colours, scale), 0, 0);
      g.setTransform(scale, 0, 0, scale, 0, 0);
      drawTimes(g, view, scene);
      drawLitKeys(g, view, scene);
    }
    g.save();
    g.beginPath();
    g.rect(view.keys, scene.hasGrid ? WHO_HEIGHT : 0, view.width - view.keys, view.height);
    g.clip();
    this.paintNotes(g, view, scene, scale);
    if (scene.heeded && scene.chosen) drawHeeded(g, view, scene, scene.chosen, scene.heeded);
    if (scene.chosen) drawRing(g, view, scene, scene.chosen);
    g.restore();
  }

  private paintNotes(g: CanvasRenderingContext2D, view: View, scene: Scene, scale: number): void {
    const { tiles } = this;
    tiles.prepare(view, scale, scene);
    const left = tiles.pixels(view.from) - Math.round(view.keys * scale);
    // In pixels of the screen, so that tiles stay sharp.
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.globalAlpha = scene.alpha * (scene.heeded ? UNHEEDED : 1);
    const heard = tiles.pixels(scene.heardUntil);
    const copy = (look: Look, x: number, from: number, to: number): void => {
      const picture = to > from && tiles.picture(look, x);
      if (picture) g.drawImage(picture, from, 0, to - from, picture.height, x + from - left, 0, to - from, picture.height);
    };
    for (const x of tiles.inSight()) {
      const border = Math.min(TILE, Math.max(0, heard - x));
      copy("solid", x, 0, border);
      copy("hollow", x, border, TILE);
    }
    g.globalAlpha = 1;
    g.setTransform(scale, 0, 0, scale, 0, 0);
  }

  /** The rows of the black keys, the lines of the octaves, and the keys. */
  private rowsOf(view: View, colours: Palette, scale: number): HTMLCanvasElement {
    const { width, height, lowest, highest, keys } = view;
    const key = [width, height, lowest, highest, keys, scale, colours.paper, document.fonts.status].join();
    if (key === this.rowsDrawn) return this.rows;
    this.rowsDrawn = key;
    const g = fit(this.rows, width, height, scale);
    g.clearRect(0, 0, width, height);
    drawRows(g, view, colours);
    drawKeys(g, view, colours);
    return this.rows;
  }
}

function drawRows(g: CanvasRenderingContext2D, view: View, colours: Palette): void {
  const { keys, width, rowHeight } = view;
  for (let pitch = view.lowest; pitch <= view.highest; ++pitch) {
    const y = view.y(pitch);
    if (isBlack(pitch)) {
      g.fillStyle = colours.row;
      g.fillRect(keys, y, width - keys, rowHeight);
    }
    if (pitch % 12 === 0) {
      g.fillStyle = colours.octave;
      g.fillRect(keys, Math.round(y + rowHeight), width - keys, 1);
    }
  }
}

function drawTimes(g: CanvasRenderingContext2D, view: View, { colours, marks }: Scene): void {
  const { keys, width, height } = view;
  const step = timeStep(view);
  g.font = FONT;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (let time = Math.ceil(view.from / step) * step; time < view.until; time += step) {
    const x = Math.round(view.x(time));
    g.fillStyle = colours.time;
    g.fillRect(x, TOP - 4, 1, height);
    const isNear = marks.some((mark) => Math.abs(view.x(mark) - x) < 30);
    if (isNear || x < keys + 16 || x > width - 20) continue;
    g.fillStyle = colours.ink2;
    g.fillText(clock(time), x, WHO_HEIGHT + 12);
  }
}

function drawKey(g: CanvasRenderingContext2D, view: View, pitch: number, colour: string): void {
  g.fillStyle = colour;
  g.beginPath();
  g.roundRect(0, view.y(pitch) + 0.5, view.keys - 24, Math.max(2, view.rowHeight - 1), [0, 2, 2, 0]);
  g.fill();
}

function drawKeys(g: CanvasRenderingContext2D, view: View, colours: Palette): void {
  for (let pitch = view.lowest; pitch <= view.highest; ++pitch) if (isBlack(pitch)) drawKey(g, view, pitch, colours.blackKey);
  g.fillStyle = colours.ink2;
  g.font = FONT;
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (let pitch = Math.ceil(view.lowest / 12) * 12; pitch <= view.highest; pitch += 12) {
    g.fillText(`C${pitch / 12 - 1}`, view.keys - 5, view.y(pitch) + view.rowHeight / 2);
  }
}

function drawLitKeys(g: CanvasRenderingContext2D, view: View, { notes, now, colours }: Scene): void {
  if (now === null) return;
  for (let i = firstFrom(notes, now - LONGEST_NOTE); i < notes.length; ++i) {
    const note = notes[i]!;
    if (note.start > now) break;
    if (note.keyEnd > now) drawKey(g, view, note.pitch, touch(colours.fill[note.by], 60));
  }
}

function drawRing(g: CanvasRenderingContext2D, view: View, { colours, written }: Scene, note: Note): void {
  const { x, y, width, height } = boxOf(view, note, written);
  g.beginPath();
  g.roundRect(x - 3.5, y - 3.5, width + 7, height + 7, 7);
  g.strokeStyle = colours.ink;
  g.lineWidth = 3;
  g.stroke();
}

/** The notes that the chosen one was drawn from, and arcs from them to it: the wider, the greater the share. */
function drawHeeded(g: CanvasRenderingContext2D, view: View, scene: Scene, chosen: Note, heeded: readonly Heeded[]): void {
  const { colours, written } = scene;
  const look = (note: Note): Look => (note.start >= scene.heardUntil ? "hollow" : "solid");
  for (const note of [...heeded.map((one) => one.note), chosen]) drawNote(g, view, note, { look: look(note), colours, written, alpha: 1, hasTail: false });
  const most = Math.max(...heeded.map((one) => one.share), Number.EPSILON);
  const to = boxOf(view, chosen, written);
  for (const { note, share } of [...heeded].reverse()) {
    const from = boxOf(view, note, written);
    const [x1, y1, x2, y2] = [from.x, from.y + from.height / 2, to.x, to.y + to.height / 2];
    // The further back, the higher the arc.
    const lift = Math.min(view.height * 0.3, 16 + Math.abs(x2 - x1) * 0.25);
    const top = Math.max(TOP + 4, Math.min(y1, y2) - lift);
    g.beginPath();
    g.moveTo(x1, y1);
    g.bezierCurveTo(x1 + (x2 - x1) * 0.25, top, x1 + (x2 - x1) * 0.75, top, x2, y2);
    g.strokeStyle = colours.act;
    g.globalAlpha = 0.35 + 0.65 * (share / most);
    g.lineWidth = THINNEST_ARC + (WIDEST_ARC - THINNEST_ARC) * (share / most);
    g.stroke();
    g.globalAlpha = 1;
    g.beginPath();
    g.arc(x1, y1, 4, 0, 2 * Math.PI);
    g.fillStyle = colours.paper;
    g.fill();
    g.lineWidth = 2;
    g.stroke();
  }
}
