// The whole roll as a picture, in the light palette.

import { endOf, type Note } from "../music/note";
import { drawRoll } from "../roll/draw";
import { LIGHT } from "../roll/palette";
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
  canvas.width = view.width;
  canvas.height = HEIGHT;
  const g = canvas.getContext("2d")!;
  drawRoll(g, view, { notes, heardUntil: Infinity, cut: Infinity, now: null, written: endOf(notes), chosen: null, hasGrid: true, marks: [] }, LIGHT);
  // drawRoll() clears the canvas; the paper is put behind what it drew.
  g.globalCompositeOperation = "destination-over";
  g.fillStyle = LIGHT.paper;
  g.fillRect(0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/png"));
}
