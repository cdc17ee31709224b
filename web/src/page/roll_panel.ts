// The roll: canvas, strip of players, playhead, cut line and overview.

import { clockTenths, spokenTime } from "../music/clock";
import { endOf, type Note } from "../music/note";
import { Overview } from "../roll/overview";
import { RollPainter } from "../roll/roll_painter";
import { DARK, LIGHT, type Palette } from "../roll/palette";
import { View } from "../roll/view";
import { $, isPhone, make, reducedMotion } from "./dom";
import { listenToRoll, type RollActions } from "./roll_gestures";
import type { RollState } from "./roll_state";

const GLIDE_FROM = 2 / 3; // of the width, from where the roll follows the playhead
const LEAD = 0.5; // seconds that are shown before the place where the music begins
const PIXELS = 54; // of a second
const PHONE_PIXELS = 36;
const OVER_MARGIN = 16; // pixels beside the overview
const OVER_HEIGHT = 24;
const MS = 1000;
const GHOST_SECONDS = 24; // of the sheet without music

const PLAYHEAD_EVERY_MS = 20; // a note that sounds is drawn as heard this often

export class RollPanel {
  readonly view = new View();
  private readonly roll = $("roll");
  private readonly who = $("who");
  private readonly playhead = $("playhead");
  private readonly cut = $("cut");
  private readonly win = $("win");
  private readonly painter = new RollPainter($<HTMLCanvasElement>("canvas"));
  private readonly overview = new Overview($<HTMLCanvasElement>("small"));
  private isFollowing = true;
  private isDirty = true;
  private lastDrawn = "";
  private pitchesOf: { notes: readonly Note[]; count: number } | null = null;
  private readonly shown = new Map<HTMLElement, string>(); // what each element shows
  private overviewWidth = 0;
  private hasSize = false;

  constructor(private readonly state: () => RollState, actions: RollActions) {
    new ResizeObserver(() => this.resize()).observe(this.roll);
    listenToRoll({
      view: this.view,
      state,
      actions,
      moveTo: (from) => {
        this.isFollowing = false;
        this.view.from = Math.max(0, from);
        this.refresh();
      },
      zoom: (factor, x) => this.zoom(factor, x),
    });
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

  /** One frame: does as little as it can. */
  frame(): void {
    const state = this.state();
    if (state.isPlaying && this.isFollowing) this.glide(state.position);
    this.showPlayhead(state);
    const position = state.isPlaying ? Math.round((state.position * MS) / PLAYHEAD_EVERY_MS) : state.position;
    const heard = Math.round((state.heardUntil * MS) / PLAYHEAD_EVERY_MS);
    const drawn = [state.sheet.notes.length, this.view.from, this.view.seconds, position, heard, state.written, state.cut, state.isEmpty].join();
    if (!this.isDirty && drawn === this.lastDrawn) return;
    this.isDirty = false;
    this.lastDrawn = drawn;
    this.draw(state);
  }

  private showPlayhead(state: RollState): void {
    const x = this.view.x(state.position);
    const isHidden = state.isEmpty || state.sheet.notes.length === 0 || x < this.view.keys - 1 || x > this.view.width;
    this.set(this.playhead, `${isHidden} ${x.toFixed(1)}`, () => {
      this.playhead.hidden = isHidden;
      this.playhead.style.transform = `translateX(${x.toFixed(1)}px)`;
    });
  }

  /** Calls `change` if the element does not show `what` yet. */
  private set(element: HTMLElement, what: string, change: () => void): void {
    if (this.shown.get(element) === what) return;
    this.shown.set(element, what);
    change();
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
    this.overviewWidth = 0;
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
    const { keys, seconds, from } = view;
    if (state.isEmpty) Object.assign(view, { keys: 0, from: 0, seconds: GHOST_SECONDS });
    this.painter.paint(view, {
      notes,
      written,
      heardUntil: state.isEmpty ? Infinity : state.heardUntil,
      cut: state.cut !== null && state.cutFades ? state.cut : Infinity,
      now: state.isPlaying ? state.position : null,
      chosen: state.chosen,
      heeded: state.heeded,
      hasGrid: !state.isEmpty,
      alpha: state.isEmpty ? 0.5 : 1,
      marks: [state.position, ...(state.cut === null ? [] : [state.cut])],
      colours: this.palette,
    });
    Object.assign(view, { keys, seconds, from });
    this.drawWho(state, written);
    this.drawCut(state);
    if (!$("over").hidden) this.drawOverview(state, written);
  }

  private drawWho(state: RollState, written: number): void {
    const { view } = this;
    const pieces: { kind: string; style: string; label: string }[] = [];
    const add = (kind: string, from: number, to: number, label: string): void => {
      const left = Math.max(view.keys, view.x(from));
      const right = Math.min(view.width - 8, view.x(to));
      if (right - left < 12) return;
      const style = `left:${(left + 1).toFixed(1)}px;width:${(right - left - 2).toFixed(1)}px`;
      pieces.push({ kind, style, label: right - left < 40 ? "" : label });
    };
    for (const { from, to, by, label } of state.isEmpty ? [] : state.sheet.stretches) {
      const end = Math.min(to, written);
      const fadedFrom = state.cut !== null && state.cutFades ? state.cut : Infinity;
      const solidEnd = Math.min(end, by === "pno" ? Math.max(from, state.heardUntil) : Infinity, fadedFrom);
      add(by, from, solidEnd, label);
      if (by === "pno" && solidEnd < Math.min(end, fadedFrom)) add("plan", solidEnd, end, isPhone() ? "next" : state.planLabel);
      if (fadedFrom < end) add("plan", Math.max(from, fadedFrom), end, isPhone() ? "pno" : "pno continues from here; undo brings yours back");
    }
    this.set(this.who, JSON.stringify(pieces), () =>
      this.who.replaceChildren(...pieces.map(({ kind, style, label }) => make("div", { class: kind, style }, label))));
  }

  private drawCut(state: RollState): void {
    const { cut, view } = this;
    const time = state.cut;
    const x = time === null ? -1 : view.x(time);
    const isHidden = time === null || x < view.keys - 2 || x > view.width + 2;
    const end = endOf(state.sheet.notes).toFixed(1);
    this.set(cut, `${isHidden} ${x.toFixed(1)} ${time} ${end}`, () => {
      cut.hidden = isHidden;
      if (time === null) return;
      cut.style.transform = `translateX(${x.toFixed(1)}px)`;
      $("cut-time").textContent = clockTenths(time);
      cut.setAttribute("aria-valuemin", "0");
      cut.setAttribute("aria-valuemax", end);
      cut.setAttribute("aria-valuenow", time.toFixed(1));
      cut.setAttribute("aria-valuetext", spokenTime(time));
    });
  }

  private drawOverview(state: RollState, written: number): void {
    this.overviewWidth ||= $("over").getBoundingClientRect().width; // read once: it makes the browser lay out the page
    const width = Math.max(10, this.overviewWidth - 2 * OVER_MARGIN);
    const until = Math.max(written, this.view.seconds, 1);
    const left = OVER_MARGIN + (this.view.from / until) * width;
    const across = Math.max(12, Math.min(this.overviewWidth - 8 - left, (this.view.seconds / until) * width));
    this.set(this.win, `${left.toFixed(1)} ${across.toFixed(1)}`, () => {
      this.win.style.left = `${left.toFixed(1)}px`;
      this.win.style.width = `${across.toFixed(1)}px`;
    });
    const { sheet, cut, cutFades } = state;
    this.overview.paint({
      width,
      height: OVER_HEIGHT,
      notes: sheet.notes,
      // While music is written, not for every note.
      version: `${sheet.title} ${sheet.notes.length >> 3}`,
      until: Math.ceil(until),
      written,
      heardUntil: state.heardUntil,
      cut: cut !== null && cutFades ? cut : Infinity,
      colours: this.palette,
    });
  }
}
