// The roll: canvas, strip of players, playhead, cut line and overview, and what one does with them.

import { clockTenths, spokenTime } from "../music/clock";
import { endOf, nearestGap, type Note } from "../music/note";
import type { Sheet } from "../music/sheet";
import { drawRoll, drawSmall, fit, type Scene } from "../roll/draw";
import { DARK, LIGHT, type Palette } from "../roll/palette";
import { View } from "../roll/view";
import { $, isPhone, make, reducedMotion } from "./dom";

export interface RollState {
  sheet: Sheet;
  position: number;
  isPlaying: boolean;
  heardUntil: number;
  written: number; // Infinity if nothing is being written
  cut: number | null;
  cutFades: boolean;
  chosen: Note | null;
  planLabel: string;
  isEmpty: boolean;
}

export interface RollActions {
  seek(time: number): void;
  moveCut(time: number): void;
  choose(note: Note): void;
}

const GLIDE_FROM = 2 / 3; // of the width, from where the roll follows the playhead
const LEAD = 0.5; // seconds that are shown before the place where the music begins
const CLICK_PIXELS = 5;
const PIXELS = 54; // of a second
const PHONE_PIXELS = 36;
const GHOST_SECONDS = 24; // of the sheet without music

export class RollPanel {
  readonly view = new View();
  private readonly canvas = $<HTMLCanvasElement>("canvas");
  private readonly small = $<HTMLCanvasElement>("small");
  private readonly roll = $("roll");
  private readonly cut = $("cut");
  private isFollowing = true;
  private isDirty = true;
  private lastDrawn = "";
  private pitchesOf: { notes: readonly Note[]; count: number } | null = null;
  private smallDrawn = "";
  private hasSize = false;

  constructor(private readonly state: () => RollState, private readonly actions: RollActions) {
    new ResizeObserver(() => this.resize()).observe(this.roll);
    this.listenToPointer();
    this.listenToCut();
    this.listenToOverview();
    this.resize();
  }

  get palette(): Palette {
    return document.documentElement.dataset.theme === "dark" ? DARK : LIGHT;
  }

  /** Draws at the next frame, whatever was drawn before. */
  refresh(): void {
    this.isDirty = true;
  }

  /** Shows the music from a little before `time` on. */
  show(time: number): void {
    this.view.from = Math.max(0, time - LEAD);
    this.refresh();
  }

  /** Shows the end of the music, and some room after it. */
  showEnd(end: number): void {
    this.view.from = Math.max(0, end - this.view.seconds * 0.7);
    this.refresh();
  }

  /** Shows the playhead, and follows it again. */
  follow(): void {
    this.isFollowing = true;
    const { position } = this.state();
    if (position < this.view.from || position > this.view.until) this.view.from = Math.max(0, position - this.view.seconds * 0.1);
    this.refresh();
  }

  /** Moves the roll so that `time` is in sight. */
  bringInSight(time: number): void {
    if (time >= this.view.from && time <= this.view.until) return;
    this.view.from = Math.max(0, time - this.view.seconds / 3);
    this.refresh();
  }

  zoom(factor: number, x = this.view.keys + (this.view.width - this.view.keys) / 2): void {
    this.view.zoom(factor, x);
    this.refresh();
  }

  /** One frame. */
  frame(): void {
    const state = this.state();
    if (state.isPlaying && this.isFollowing) this.glide(state.position);
    const playhead = $("playhead");
    playhead.hidden = state.isEmpty || state.sheet.notes.length === 0;
    const x = this.view.x(state.position);
    playhead.style.transform = `translateX(${x.toFixed(1)}px)`;
    playhead.style.visibility = x < this.view.keys - 1 || x > this.view.width ? "hidden" : "visible";
    const drawn = `${state.sheet.notes.length} ${this.view.from.toFixed(3)} ${this.view.seconds} ${state.isPlaying ? state.position.toFixed(2) : state.position} ${state.heardUntil.toFixed(2)} ${state.written} ${state.cut} ${state.isEmpty}`;
    if (!this.isDirty && drawn === this.lastDrawn) return;
    this.isDirty = false;
    this.lastDrawn = drawn;
    this.draw(state);
  }

  private resize(): void {
    const { width, height } = this.roll.getBoundingClientRect();
    // The first time: as wide as on the drawings; later the zoom stays.
    const perSecond = this.hasSize ? (this.view.width - this.view.keys) / this.view.seconds : isPhone() ? PHONE_PIXELS : PIXELS;
    this.hasSize = width > 0;
    this.view.width = Math.max(width, 100);
    this.view.height = Math.max(height, 100);
    this.view.keys = isPhone() ? 40 : 56;
    this.view.seconds = (this.view.width - this.view.keys) / perSecond;
    this.smallDrawn = "";
    this.refresh();
  }

  private glide(position: number): void {
    const { view } = this;
    const edge = view.from + view.seconds * GLIDE_FROM;
    if (position < view.from) view.from = Math.max(0, position - view.seconds * 0.1);
    else if (position > edge && !reducedMotion()) view.from = Math.max(view.from, position - view.seconds * GLIDE_FROM);
    else if (position > view.from + view.seconds * 0.95) view.from = position - view.seconds * 0.05; // turns the page
  }

  private draw(state: RollState): void {
    const { view } = this;
    const notes = state.sheet.notes;
    if (this.pitchesOf?.notes !== notes || this.pitchesOf.count !== notes.length) {
      view.fitPitches(notes);
      this.pitchesOf = { notes, count: notes.length };
    }
    const written = Number.isFinite(state.written) ? state.written : Math.max(endOf(notes), state.position);
    const scene: Scene = {
      notes,
      heardUntil: state.isEmpty ? Infinity : state.heardUntil,
      cut: state.cut !== null && state.cutFades ? state.cut : Infinity,
      now: state.isPlaying ? state.position : null,
      written,
      chosen: state.chosen,
      hasGrid: !state.isEmpty,
      marks: [state.position, ...(state.cut === null ? [] : [state.cut])],
    };
    const { keys, seconds, from } = view;
    if (state.isEmpty) Object.assign(view, { keys: 0, from: 0, seconds: GHOST_SECONDS });
    const g = fit(this.canvas, view.width, view.height);
    if (state.isEmpty) g.globalAlpha = 0.5;
    drawRoll(g, view, scene, this.palette);
    Object.assign(view, { keys, seconds, from });
    this.drawWho(state, written);
    this.drawCut(state);
    if (!$("over").hidden) this.drawOverview(state, written);
  }

  private drawWho(state: RollState, written: number): void {
    const { view } = this;
    const box = $("who");
    if (state.isEmpty) return box.replaceChildren();
    const pieces: Node[] = [];
    const add = (kind: string, from: number, to: number, label: string): void => {
      const left = Math.max(view.keys, view.x(from));
      const right = Math.min(view.width - 8, view.x(to));
      if (right - left < 12) return;
      const style = `left:${(left + 1).toFixed(1)}px;width:${(right - left - 2).toFixed(1)}px`;
      pieces.push(make("div", { class: kind, style }, right - left < 40 ? "" : label));
    };
    for (const { from, to, by, label } of state.sheet.stretches) {
      const end = Math.min(to, written);
      const fadedFrom = state.cut !== null && state.cutFades ? state.cut : Infinity;
      const solidEnd = Math.min(end, by === "pno" ? Math.max(from, state.heardUntil) : Infinity, fadedFrom);
      add(by, from, solidEnd, label);
      if (by === "pno" && solidEnd < Math.min(end, fadedFrom)) add("plan", solidEnd, end, isPhone() ? "next" : state.planLabel);
      if (fadedFrom < end) add("plan", Math.max(from, fadedFrom), end, isPhone() ? "pno" : "pno continues from here; undo brings yours back");
    }
    box.replaceChildren(...pieces);
  }

  private drawCut(state: RollState): void {
    const { cut, view } = this;
    const x = state.cut === null ? -1 : view.x(state.cut);
    cut.hidden = state.cut === null || x < view.keys - 2 || x > view.width + 2;
    if (state.cut === null) return;
    cut.style.transform = `translateX(${x.toFixed(1)}px)`;
    $("cut-time").textContent = clockTenths(state.cut);
    cut.setAttribute("aria-valuemin", "0");
    cut.setAttribute("aria-valuemax", endOf(state.sheet.notes).toFixed(1));
    cut.setAttribute("aria-valuenow", state.cut.toFixed(1));
    cut.setAttribute("aria-valuetext", spokenTime(state.cut));
  }

  private drawOverview(state: RollState, written: number): void {
    const { width } = $("over").getBoundingClientRect();
    const inner = { width: Math.max(10, width - 32), height: 24 };
    const end = Math.max(written, this.view.seconds, 1);
    const win = $("win");
    const left = 16 + (this.view.from / end) * inner.width;
    win.style.left = `${left.toFixed(1)}px`;
    win.style.width = `${Math.max(12, Math.min(width - 8 - left, (this.view.seconds / end) * inner.width)).toFixed(1)}px`;
    // Drawn again once a second at most while music is written.
    const drawn = `${state.sheet.title} ${state.sheet.notes.length >> 3} ${Math.round(end)} ${state.cutFades ? state.cut : ""} ${Math.round(state.heardUntil)} ${this.palette.paper} ${width}`;
    if (drawn === this.smallDrawn) return;
    this.smallDrawn = drawn;
    const fadedFrom = state.cut !== null && state.cutFades ? state.cut : Infinity;
    drawSmall(fit(this.small, inner.width, inner.height), inner, state.sheet.notes, { from: 0, until: end, written }, this.palette, (note) =>
      note.start >= fadedFrom ? 0.3 : note.start >= state.heardUntil ? 0.45 : 1);
  }

  private noteAt(x: number, y: number): Note | undefined {
    const time = this.view.time(x);
    const pitch = this.view.pitch(y);
    const reach = (4 / (this.view.width - this.view.keys)) * this.view.seconds;
    return this.state().sheet.notes.find(
      (note) => note.pitch === pitch && note.start - reach <= time && Math.min(note.end, this.state().written) + reach >= time,
    );
  }

  private listenToPointer(): void {
    const pointers = new Map<number, { x: number; y: number }>();
    let start: { x: number; y: number; from: number } | null = null;
    let moved = false;
    const at = (event: PointerEvent): { x: number; y: number } => {
      const box = this.roll.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    this.roll.addEventListener("pointerdown", (event) => {
      if (event.target !== this.canvas && event.target !== this.roll) return;
      pointers.set(event.pointerId, at(event));
      start = { ...at(event), from: this.view.from };
      moved = false;
      this.roll.setPointerCapture(event.pointerId);
    });
    this.roll.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before || !start) return;
      const now = at(event);
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)![1];
        const [was, is] = [Math.abs(before.x - other.x), Math.abs(now.x - other.x)];
        if (was > 8 && is > 8) this.zoom(was / is, (now.x + other.x) / 2);
        moved = true;
      } else if (moved || Math.abs(now.x - start.x) > CLICK_PIXELS) {
        moved = true;
        this.isFollowing = false;
        this.view.from = Math.max(0, start.from - ((now.x - start.x) / (this.view.width - this.view.keys)) * this.view.seconds);
        this.refresh();
      }
      pointers.set(event.pointerId, now);
    });
    const end = (event: PointerEvent): void => {
      if (!pointers.delete(event.pointerId) || !start || moved || event.type !== "pointerup") return;
      const { x, y } = at(event);
      const note = this.noteAt(x, y);
      if (note) this.actions.choose(note);
      else if (x > this.view.keys) this.actions.seek(Math.max(0, this.view.time(x)));
    };
    this.roll.addEventListener("pointerup", end);
    this.roll.addEventListener("pointercancel", end);
    this.roll.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x } = at(event as unknown as PointerEvent);
      if (event.ctrlKey) return this.zoom(Math.exp(event.deltaY / 300), x);
      const pixels = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
      this.isFollowing = false;
      this.view.from = Math.max(0, this.view.from + (pixels / (this.view.width - this.view.keys)) * this.view.seconds);
      this.refresh();
    }, { passive: false });
  }

  private listenToCut(): void {
    let isHeld = false;
    this.cut.addEventListener("pointerdown", (event) => {
      isHeld = true;
      this.cut.setPointerCapture(event.pointerId);
      this.cut.focus();
    });
    this.cut.addEventListener("pointermove", (event) => {
      if (!isHeld) return;
      const time = this.view.time(event.clientX - this.roll.getBoundingClientRect().left);
      const { notes } = this.state().sheet;
      const inside = Math.min(Math.max(0, time), endOf(notes));
      this.actions.moveCut(event.altKey ? inside : nearestGap(notes, inside));
    });
    for (const type of ["pointerup", "pointercancel"] as const) this.cut.addEventListener(type, () => (isHeld = false));
    this.cut.addEventListener("keydown", (event) => {
      const { cut, sheet } = this.state();
      const steps: Record<string, number> = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: 1, PageDown: -1, Home: -Infinity, End: Infinity };
      const step = steps[event.key];
      if (cut === null || step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const to = cut + (event.ctrlKey && Number.isFinite(step) ? step * 10 : step);
      this.actions.moveCut(Math.min(Math.max(0, to), endOf(sheet.notes)));
    });
  }

  private listenToOverview(): void {
    const over = $("over");
    const move = (event: PointerEvent): void => {
      const { left, width } = over.getBoundingClientRect();
      const state = this.state();
      const written = Number.isFinite(state.written) ? state.written : endOf(state.sheet.notes);
      const end = Math.max(written, this.view.seconds, 1);
      const time = ((event.clientX - left - 16) / (width - 32)) * end;
      this.isFollowing = false;
      this.view.from = Math.max(0, Math.min(time - this.view.seconds / 2, end - this.view.seconds));
      this.refresh();
    };
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      move(event);
    });
    over.addEventListener("pointermove", (event) => {
      if (over.hasPointerCapture(event.pointerId)) move(event);
    });
  }
}
