// One note on the roll: solid when it was heard, hollow while it is still to come.

import type { Note } from "../music/note";
import { type Palette, touch } from "./palette";
import type { View } from "./view";

export type Look = "solid" | "hollow";

export interface NoteStyle {
  look: Look;
  colours: Palette;
  written: number; // seconds: notes without an end are drawn up to here
  alpha: number;
  /** Draws the sound that a pedal holds, as a thin line. */
  hasTail: boolean;
}

const HEIGHT_MOST = 14; // pixels
const SHORTEST = 3;

/** The box of a note in pixels. */
export function boxOf(view: View, note: Note, written: number): { x: number; y: number; width: number; height: number } {
  const x = view.x(note.start);
  const height = Math.max(SHORTEST, Math.min(view.rowHeight - 1, HEIGHT_MOST));
  return {
    x, height,
    y: view.y(note.pitch) + (view.rowHeight - height) / 2,
    width: Math.max(SHORTEST, view.x(Math.min(note.keyEnd, note.end, written)) - x - 1),
  };
}

export function drawNote(g: CanvasRenderingContext2D, view: View, note: Note, style: NoteStyle): void {
  const { x, y, width, height } = boxOf(view, note, style.written);
  const fill = touch(style.colours.fill[note.by], note.velocity);
  const { alpha } = style;
  if (style.look === "solid" && style.hasTail) {
    const right = view.x(Math.min(note.end, style.written));
    g.globalAlpha = alpha / 2;
    g.fillStyle = fill;
    if (right - x > width + 3) g.fillRect(x, y + height / 2 - 1, right - x - 1, 2);
  }
  g.globalAlpha = alpha;
  g.beginPath();
  g.roundRect(x + 0.5, y + 0.5, Math.max(2, width - 1), height - 1, note.by === "pno" ? Math.min(4, height / 2) : 1.5);
  if (style.look === "hollow") {
    g.fillStyle = style.colours.paper;
    g.fill();
    g.globalAlpha = alpha * style.colours.tint;
  }
  g.fillStyle = fill;
  g.fill();
  g.globalAlpha = alpha;
  g.strokeStyle = touch(style.colours.edge[note.by], note.velocity);
  g.lineWidth = style.look === "hollow" ? 1.5 : 1;
  g.stroke();
}
