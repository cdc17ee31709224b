// Pointer, wheel and keys on the roll, on its cut line and on the overview.

import { endOf, nearestGap, type Note } from "../music/note";
import type { View } from "../roll/view";
import { $ } from "./dom";
import type { RollState } from "./roll_state";

export interface RollActions {
  seek(time: number): void;
  moveCut(time: number): void;
  choose(note: Note): void;
  /** The pointer moves over a note, or over none. */
  hover(note: Note | undefined): void;
}

export interface RollHost {
  view: View;
  state: () => RollState;
  actions: RollActions;
  /** Shows the music from `from` on, and does not follow the playhead any more. */
  moveTo(from: number): void;
  zoom(factor: number, x: number): void;
}

const CLICK_PIXELS = 5;
const REACH_PIXELS = 4; // beside a note that count as on it
const OVER_MARGIN = 16; // pixels beside the overview

export function listenToRoll(host: RollHost): void {
  listenToPointer(host);
  listenToCut(host);
  listenToOverview(host);
}

function noteAt({ view, state }: RollHost, x: number, y: number): Note | undefined {
  const time = view.time(x);
  const pitch = view.pitch(y);
  const reach = (REACH_PIXELS / (view.width - view.keys)) * view.seconds;
  const { sheet, written } = state();
  return sheet.notes.find((note) => note.pitch === pitch && note.start - reach <= time && Math.min(note.end, written) + reach >= time);
}

function listenToPointer(host: RollHost): void {
  const { view, actions } = host;
  const roll = $("roll");
  const pointers = new Map<number, { x: number; y: number }>();
  let start: { x: number; y: number; from: number } | null = null;
  let moved = false;
  const secondsOf = (pixels: number): number => (pixels / (view.width - view.keys)) * view.seconds;
  const at = (event: MouseEvent): { x: number; y: number } => {
    const box = roll.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  roll.addEventListener("pointerdown", (event) => {
    if (event.target !== $("canvas") && event.target !== roll) return;
    pointers.set(event.pointerId, at(event));
    start = { ...at(event), from: view.from };
    moved = false;
    roll.setPointerCapture(event.pointerId);
  });
  roll.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const now = at(event);
    if (!before || !start) return actions.hover(noteAt(host, now.x, now.y));
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
      const [was, is] = [Math.abs(before.x - other.x), Math.abs(now.x - other.x)];
      if (was > 8 && is > 8) host.zoom(was / is, (now.x + other.x) / 2);
      moved = true;
    } else if (moved || Math.abs(now.x - start.x) > CLICK_PIXELS) {
      moved = true;
      host.moveTo(start.from - secondsOf(now.x - start.x));
    }
    pointers.set(event.pointerId, now);
  });
  const end = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId) || !start || moved || event.type !== "pointerup") return;
    const { x, y } = at(event);
    const note = noteAt(host, x, y);
    if (note) actions.choose(note);
    else if (x > view.keys) actions.seek(Math.max(0, view.time(x)));
  };
  roll.addEventListener("pointerup", end);
  roll.addEventListener("pointercancel", end);
  roll.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey) return host.zoom(Math.exp(event.deltaY / 300), at(event).x);
    const pixels = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    host.moveTo(view.from + secondsOf(pixels));
  }, { passive: false });
}

function listenToCut({ view, state, actions }: RollHost): void {
  const line = $("cut");
  let isHeld = false;
  line.addEventListener("pointerdown", (event) => {
    isHeld = true;
    line.setPointerCapture(event.pointerId);
    line.focus();
  });
  line.addEventListener("pointermove", (event) => {
    if (!isHeld) return;
    const time = view.time(event.clientX - $("roll").getBoundingClientRect().left);
    const { notes } = state().sheet;
    const inside = Math.min(Math.max(0, time), endOf(notes));
    actions.moveCut(event.altKey ? inside : nearestGap(notes, inside));
  });
  for (const type of ["pointerup", "pointercancel"] as const) line.addEventListener(type, () => (isHeld = false));
  line.addEventListener("keydown", (event) => {
    const { cut, sheet } = state();
    const steps: Record<string, number> = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: 1, PageDown: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (cut === null || step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const to = cut + (event.ctrlKey && Number.isFinite(step) ? step * 10 : step);
    actions.moveCut(Math.min(Math.max(0, to), endOf(sheet.notes)));
  });
}

function listenToOverview({ view, state, moveTo }: RollHost): void {
  const over = $("over");
  const move = (event: PointerEvent): void => {
    const { left, width } = over.getBoundingClientRect();
    const { written, sheet } = state();
    const end = Math.max(Number.isFinite(written) ? written : endOf(sheet.notes), view.seconds, 1);
    const time = ((event.clientX - left - OVER_MARGIN) / (width - 2 * OVER_MARGIN)) * end;
    moveTo(Math.min(time - view.seconds / 2, end - view.seconds));
  };
  over.addEventListener("pointerdown", (event) => {
    over.setPointerCapture(event.pointerId);
    move(event);
  });
  over.addEventListener("pointermove", (event) => {
    if (over.hasPointerCapture(event.pointerId)) move(event);
  });
}
