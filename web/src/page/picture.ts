// The whole roll as a picture, in the light palette.

import { endOf, type Note } from "../music/note";
import { LIGHT } from "../roll/palette";
import { RollPainter } from "../roll/roll_painter";
import { View } from "../roll/view";

const HEIGHT = 640;
const PIXELS_PER_SECOND = 60;
const WIDEST = 12_000;

export function pictureOf(notes: readonly Note[]): Promise<Blob> {
  const view = new View();
  view.seconds = Math.max(4, endOf(notes) + 1);
  view.width = Math.min(WIDEST, view.keys + view.seconds * PIXELS_PER_SECOND);
  view.height = HEIGHT;
  view.fitPitches(notes);
  const canvas = document.createElement("canvas");
  new RollPainter(canvas).paint(view, {
    notes, written: endOf(notes), heardUntil: Infinity, cut: Infinity, now: null, chosen: null, heeded: null, hasGrid: true, alpha: 1, marks: [], colours: LIGHT,
  }, 1);
  // The painter clears the canvas; the paper is put behind what it drew.
  const g = canvas.getContext("2d")!;
  g.globalCompositeOperation = "destination-over";
  g.fillStyle = LIGHT.paper;
  g.fillRect(0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/png"));
}
