// The row below the sheet: playing, wishes, and the big button.

import type { Wishes } from "../music/recipe";
import { drawing, isPhone, make } from "./dom";
import type { Duet } from "./duet";
import { icon, PAUSE, PLAY } from "./icons";
import { DENSITY, LOUDNESS, pick, slider } from "./wishes";

interface DockState {
  isSideOpen: boolean;
  toggleSide(): void;
  bigButton(): void;
}

function ending(state: DockState): { more: Node; big: Node[] } {
  const more = make("button", { class: "b line", id: "more", "aria-expanded": String(state.isSideOpen), click: state.toggleSide },
    drawing(icon("wishes")), make("span", {}, innerWidth <= 1000 ? "Wishes" : "More wishes"));
  return { more, big: [make("span", { class: "grow wide-only" }), make("button", { class: "b act", id: "big-dock", click: state.bigButton })] };
}

export function playerDock(state: DockState & {
  isPlaying: boolean;
  wishes: Wishes;
  known: ReadonlySet<string>;
  wished(): void;
  playOrPause(): void;
}): Node[] {
  const { more, big } = ending(state);
  const wishes = [DENSITY, LOUDNESS].filter((spec) => state.known.has(spec.name)).map((spec) => slider(spec, state.wishes, state.wished));
  return [
    make("button", { class: "round", id: "play", "aria-label": state.isPlaying ? "Pause" : "Play", click: state.playOrPause }, drawing(state.isPlaying ? PAUSE : PLAY)),
    make("div", { class: "clock num" }, make("span", { id: "clock" }), make("small", { id: "clock-of" })),
    make("div", { class: "wishes" }, ...wishes, more),
    ...big,
  ];
}

export function duetDock(state: DockState & { duet: Duet; moveOctave(octaves: number): void; connect(): void }): Node[] {
  const { more, big } = ending(state);
  const octave = (label: string, name: "left" | "right", step: number): HTMLElement =>
    make("button", { class: "b icon line narrow-only", "aria-label": label, click: () => state.moveOctave(step) }, drawing(icon(name)));
  const midi = make("button", { class: "b line", click: state.connect }, drawing(icon("keyboard")), make("span", {}, isPhone() ? "MIDI" : "Connect a MIDI keyboard"));
  return [octave("An octave down", "left", -1), octave("An octave up", "right", 1), make("div", { class: "wishes" }, ...duetWishes(state.duet), midi, more), ...big];
}

/** How long pno waits and answers: in the dock, or in the panel if that is narrow. */
export function duetWishes(duet: Duet): HTMLElement[] {
  // The slider of a wish, for seconds of patience.
  const patience: Wishes = { boldness: duet.patience };
  const patient = slider({ name: "boldness", low: "Quick", high: "Patient", min: 0.4, max: 3, step: 0.1, say: (value) => `${value.toFixed(1)} s` }, patience,
    () => (duet.patience = patience.boldness ?? 1));
  const length = pick("Answers as long as", [["0", "My phrase"], ["4", "4 seconds"], ["8", "8 seconds"], ["16", "16 seconds"]], String(duet.answerSeconds),
    (value) => (duet.answerSeconds = Number(value)));
  return [patient, length];
}
