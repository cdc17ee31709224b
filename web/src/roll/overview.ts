// All notes small, under the roll. The notes are drawn once and copied with three strengths: heard, to
// come, and beyond the cut.

import type { Note } from "../music/note";
import { type Palette, touch } from "./palette";
import { fit } from "./roll_painter";

export interface OverviewState {
  width: number;
  height: number;
  notes: readonly Note[];
  version: string; // changes when the notes have
  until: number; // seconds across
  written: number;
  heardUntil: number;
  cut: number; // Infinity: none
  colours: Palette;
}

const TO_COME = 0.45;
const CUT = 0.3;

export class Overview {
  private readonly all = document.createElement("canvas");
  private allDrawn = "";
  private drawn = "";

  constructor(private readonly canvas: HTMLCanvasElement) {}

  paint(state: OverviewState): void {
    const { width, height, until } = state;
    const scale = globalThis.devicePixelRatio || 1;
    const key = [state.version, width, height, until, state.colours.paper, scale].join();
    const x = (time: number): number => Math.round(Math.min(1, Math.max(0, time / until)) * width * scale);
    const [heard, cut] = [x(state.heardUntil), x(state.cut)];
    const drawn = `${key} ${heard} ${cut}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    if (key !== this.allDrawn) {
      this.allDrawn = key;
      drawSmall(fit(this.all, width, height, scale), state);
    }
    const g = fit(this.canvas, width, height, scale);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const copy = (from: number, to: number, alpha: number): void => {
      if (to <= from) return;
      g.globalAlpha = alpha;
      g.drawImage(this.all, from, 0, to - from, this.all.height, from, 0, to - from, this.all.height);
    };
    copy(0, Math.min(heard, cut), 1);
    copy(heard, cut, TO_COME);
    copy(cut, this.all.width, CUT);
    g.globalAlpha = 1;
  }
}

function drawSmall(g: CanvasRenderingContext2D, { width, height, notes, until, written, colours }: OverviewState): void {
  g.clearRect(0, 0, width, height);
  let low = 127;
  let high = 0;
  for (const note of notes) {
    low = Math.min(low, note.pitch);
    high = Math.max(high, note.pitch);
  }
  if (high - low < 14) [low, high] = [low - 4, high + 4];
  const perSecond = width / Math.max(1, until);
  const tall = Math.max(2, Math.min(4, (height - 2) / (high - low + 1)));
  for (const note of notes) {
    g.fillStyle = touch(colours.edge[note.by], note.velocity);
    const end = Math.min(note.keyEnd, written);
    g.fillRect(note.start * perSecond, ((height - tall) * (high - note.pitch)) / (high - low), Math.max(1.5, (end - note.start) * perSecond - 0.5), tall);
  }
}
