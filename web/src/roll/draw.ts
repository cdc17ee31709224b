// Draws a roll on a canvas.

import { clock } from "../music/clock";
import { firstFrom, isBlack, type Note } from "../music/note";
import { type Palette, touch } from "./palette";
import { TOP, timeStep, type View, WHO_HEIGHT } from "./view";

export interface Scene {
  notes: readonly Note[]; // sorted
  /** Notes from here on are still to come, and hollow; Infinity: none. */
  heardUntil: number;
  /** Notes from here on are faded; Infinity: none. */
  cut: number;
  now: number | null; // whose notes light their keys
  written: number; // notes without an end are drawn up to here
  chosen: Note | null;
  hasGrid: boolean;
  /** Times whose own labels hide the numbers beside them. */
  marks: readonly number[];
}

const NOTE_HEIGHT_MOST = 14;
const LONGEST_NOTE = 60; // seconds before the view in which a note may begin that reaches into it
const MANY_NOTES = 1500; // above this, tails are left out
const FADED = 0.28;

/** Sizes the canvas for the screen's pixels. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

export function drawRoll(g: CanvasRenderingContext2D, view: View, scene: Scene, colours: Palette): void {
  g.clearRect(0, 0, view.width, view.height);
  if (scene.hasGrid) drawGrid(g, view, scene, colours);
  g.save();
  g.beginPath();
  g.rect(view.keys, scene.hasGrid ? WHO_HEIGHT : 0, view.width - view.keys, view.height);
  g.clip();
  const first = firstFrom(scene.notes, view.from - LONGEST_NOTE);
  const last = firstFrom(scene.notes, view.until);
  const hasTails = last - first < MANY_NOTES;
  for (let i = first; i < last; ++i) drawNote(g, view, scene.notes[i]!, scene, colours, hasTails);
  g.restore();
  if (scene.hasGrid) drawKeys(g, view, scene, colours);
}

function drawGrid(g: CanvasRenderingContext2D, view: View, scene: Scene, colours: Palette): void {
  const { keys, width, height, rowHeight } = view;
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
  const step = timeStep(view);
  g.font = '400 13px "Figtree Variable", system-ui, sans-serif';
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (let time = Math.ceil(view.from / step) * step; time < view.until; time += step) {
    const x = Math.round(view.x(time));
    g.fillStyle = colours.time;
    g.fillRect(x, TOP - 4, 1, height);
    const isNear = scene.marks.some((mark) => Math.abs(view.x(mark) - x) < 30);
    if (isNear || x < keys + 16 || x > width - 20) continue;
    g.fillStyle = colours.ink2;
    g.fillText(clock(time), x, WHO_HEIGHT + 12);
  }
}

function drawKeys(g: CanvasRenderingContext2D, view: View, scene: Scene, colours: Palette): void {
  const lit = new Map<number, Note>();
  if (scene.now !== null) {
    for (let i = firstFrom(scene.notes, scene.now - LONGEST_NOTE); i < scene.notes.length; ++i) {
      const note = scene.notes[i]!;
      if (note.start > scene.now) break;
      if (note.keyEnd > scene.now) lit.set(note.pitch, note);
    }
  }
  g.fillStyle = colours.paper;
  g.fillRect(0, TOP, view.keys, view.height - TOP);
  const height = Math.max(2, view.rowHeight - 1);
  for (let pitch = view.lowest; pitch <= view.highest; ++pitch) {
    const note = lit.get(pitch);
    if (!note && !isBlack(pitch)) continue;
    g.fillStyle = note ? touch(colours.fill[note.by], 60) : colours.blackKey;
    g.beginPath();
    g.roundRect(0, view.y(pitch) + 0.5, view.keys - 24, height, [0, 2, 2, 0]);
    g.fill();
  }
  g.fillStyle = colours.ink2;
  g.font = '400 13px "Figtree Variable", system-ui, sans-serif';
  g.textAlign = "right";
  g.textBaseline = "middle";
  for (let pitch = Math.ceil(view.lowest / 12) * 12; pitch <= view.highest; pitch += 12) {
    g.fillText(`C${pitch / 12 - 1}`, view.keys - 5, view.y(pitch) + view.rowHeight / 2);
  }
}

function drawNote(g: CanvasRenderingContext2D, view: View, note: Note, scene: Scene, colours: Palette, hasTails: boolean): void {
  const end = Math.min(note.end, scene.written);
  const keyEnd = Math.min(note.keyEnd, end);
  const x = view.x(note.start);
  const right = view.x(end);
  if (right < view.keys) return;
  const width = Math.max(3, view.x(keyEnd) - x - 1);
  const height = Math.max(3, Math.min(view.rowHeight - 1, NOTE_HEIGHT_MOST));
  const y = view.y(note.pitch) + (view.rowHeight - height) / 2;
  const fill = touch(colours.fill[note.by], note.velocity);
  const edge = touch(colours.edge[note.by], note.velocity);
  const radius = note.by === "pno" ? Math.min(4, height / 2) : 1.5;
  const alpha = note.start >= scene.cut ? FADED : 1;
  g.globalAlpha = alpha;
  if (hasTails && right - x > width + 3 && note.start < scene.heardUntil) {
    g.globalAlpha = alpha / 2;
    g.fillStyle = fill;
    g.fillRect(x, y + height / 2 - 1, right - x - 1, 2);
    g.globalAlpha = alpha;
  }
  const shape = (): void => {
    g.beginPath();
    g.roundRect(x + 0.5, y + 0.5, Math.max(2, width - 1), height - 1, radius);
  };
  const solid = (): void => {
    shape();
    g.fillStyle = fill;
    g.fill();
    g.strokeStyle = edge;
    g.lineWidth = 1;
    g.stroke();
  };
  const hollow = (): void => {
    shape();
    g.fillStyle = colours.paper;
    g.fill();
    g.globalAlpha = alpha * colours.tint;
    g.fillStyle = fill;
    g.fill();
    g.globalAlpha = alpha;
    g.strokeStyle = edge;
    g.lineWidth = 1.5;
    g.stroke();
  };
  if (note.start >= scene.heardUntil) hollow();
  else if (keyEnd <= scene.heardUntil) solid();
  else {
    // Half heard.
    const middle = view.x(scene.heardUntil);
    for (const [from, to, paint] of [[0, middle, solid], [middle, view.width, hollow]] as const) {
      g.save();
      g.beginPath();
      g.rect(from, 0, to - from, view.height);
      g.clip();
      paint();
      g.restore();
    }
  }
  if (note === scene.chosen) {
    g.beginPath();
    g.roundRect(x - 3.5, y - 3.5, width + 7, height + 7, 7);
    g.strokeStyle = colours.ink;
    g.lineWidth = 3;
    g.stroke();
  }
  g.globalAlpha = 1;
}

/** All notes small, for the overview. */
export function drawSmall(
  g: CanvasRenderingContext2D,
  size: { width: number; height: number },
  notes: readonly Note[],
  range: { from: number; until: number; written: number },
  colours: Palette,
  alphaOf: (note: Note) => number,
): void {
  g.clearRect(0, 0, size.width, size.height);
  let low = 127;
  let high = 0;
  for (const note of notes) {
    low = Math.min(low, note.pitch);
    high = Math.max(high, note.pitch);
  }
  if (high - low < 14) [low, high] = [low - 4, high + 4];
  const perSecond = size.width / Math.max(1, range.until - range.from);
  const height = Math.max(2, Math.min(4, (size.height - 2) / (high - low + 1)));
  for (const note of notes) {
    g.globalAlpha = alphaOf(note);
    g.fillStyle = touch(colours.edge[note.by], note.velocity);
    const end = Math.min(note.keyEnd, range.written);
    g.fillRect((note.start - range.from) * perSecond, ((size.height - height) * (high - note.pitch)) / (high - low),
      Math.max(1.5, (end - note.start) * perSecond - 0.5), height);
  }
  g.globalAlpha = 1;
}
