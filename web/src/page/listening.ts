// The notes that the model attended to before it drew a note of pno's: "what pno listened to".

import type { Attention, Head } from "../engine/engine";
import { clockTenths } from "../music/clock";
import { type Note, pitchName, spokenPitch } from "../music/note";
import type { GivenNote } from "../music/recipe";
import type { Heeded } from "../roll/roll_painter";
import { drawing, make } from "./dom";
import { icon } from "./icons";
import { announce } from "./notices";
import type { PageState } from "./page_state";
import type { Score } from "./score";
import { pick } from "./wishes";

const MOST_ARCS = 12;
const MOST_ROWS = 5;
const HOVER_MS = 120; // that the pointer rests on a note
const SAME = 0.011; // seconds: a note of the sheet and its event on the grid
const DISTANCES = [1, 2, 4, 8, 16]; // seconds back, upper edges
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The notes of the sheet that were heeded, the greatest share first. */
export function heededOf(notes: readonly Note[], chosen: Note, attention: Attention): Heeded[] {
  const heeded: Heeded[] = [];
  for (const { start, pitch, share } of attention.notes) {
    if (heeded.length === MOST_ARCS) break;
    const note = notes.find((one) => one.pitch === pitch && Math.abs(one.start - start) < SAME);
    if (note && note !== chosen) heeded.push({ note, share });
  }
  return heeded;
}

/** The shares of the notes by their distance from `time`, the last beyond all edges. */
export function sharesByDistance(attention: Attention, time: number): number[] {
  const sums = new Array<number>(DISTANCES.length + 1).fill(0);
  for (const { start, share } of attention.notes) {
    const bin = DISTANCES.findIndex((edge) => time - start < edge);
    sums[bin < 0 ? DISTANCES.length : bin]! += share;
  }
  return sums;
}

export interface ListeningEvents {
  /** Other notes are heeded, or none. */
  changed(): void;
  /** Shows a note of the list and lets it sound. */
  point(note: Note): void;
  close(): void;
}

export class Listening {
  /** What the roll shows; null: nothing. */
  shown: { of: Note; heeded: Heeded[]; attention: Attention } | null = null;
  private head: Head = { layer: 0, head: 0 };
  private asked = 0;
  private hoverTimer = 0;
  private refused = ""; // why the chosen note shows nothing

  constructor(private readonly state: PageState, private readonly score: Score, private readonly events: ListeningEvents) {}

  get isOn(): boolean {
    return this.state.side === "listening";
  }

  /** The note under the pointer, after it has rested there. */
  hover(note: Note | undefined): void {
    clearTimeout(this.hoverTimer);
    if (!this.isOn || !note || note.by !== "pno" || note === this.shown?.of) return;
    this.hoverTimer = window.setTimeout(() => void this.look(note), HOVER_MS);
  }

  /** Nothing is shown until a note is chosen. */
  clear(): void {
    clearTimeout(this.hoverTimer);
    ++this.asked;
    this.shown = null;
    this.refused = "";
    this.events.changed();
  }

  /** Asks the model, and shows the answer if no other note was asked about since. */
  async look(note: Note): Promise<void> {
    const { engine } = this.state;
    if (!this.isOn || !engine) return;
    const ask = ++this.asked;
    if (note.by !== "pno") return this.refuse("A person played this note. Choose a note of pno's.");
    let attention: Attention | null;
    try {
      attention = await engine.attention(this.before(note), { start: note.start, pitch: note.pitch }, this.head);
    } catch (error) {
      return this.refuse(error instanceof Error ? error.message : String(error));
    }
    if (ask !== this.asked || !this.isOn) return;
    if (!attention) return this.refuse("This note is not among the events that pno reads.");
    const heeded = heededOf(this.score.sheet.notes, note, attention);
    this.shown = { of: note, heeded, attention };
    this.refused = "";
    this.events.changed();
    const most = heeded[0];
    if (most) announce(`pno listened most to ${spokenPitch(most.note.pitch)}, ${clockTenths(most.note.start)}, ${percent(most.share)}`);
  }

  private refuse(reason: string): void {
    this.shown = null;
    this.refused = reason;
    this.events.changed();
    announce(reason);
  }

  /** The notes up to the chosen one. Ends beyond it do not matter, but must be finite. */
  private before(chosen: Note): GivenNote[] {
    const latest = chosen.start + 1;
    return this.score.sheet.notes
      .filter((note) => note.start <= chosen.start)
      .map(({ start, end, pitch, velocity }) => ({ start, end: Math.max(start, Math.min(end, latest)), pitch, velocity }));
  }

  /** The side panel. */
  parts(): Node[] {
    const close = make("button", { class: "b icon", "aria-label": "Close what pno listened to", click: () => this.events.close() }, drawing(icon("close")));
    const header = make("header", {}, make("h2", { id: "side-title" }, "What pno listened to"), close);
    const { shown } = this;
    if (!shown) {
      const text = this.refused || "Choose a note of pno's, by a click or with ↑ ↓, to see which notes it listened to.";
      return [header, make("p", {}, text), ...this.choice()];
    }
    const { of, heeded, attention } = shown;
    const named = heeded.reduce((sum, { share }) => sum + share, 0);
    const others = attention.notes.length - heeded.length;
    const rest = `The rest: ${percent(Math.max(0, 1 - named - attention.rest))} on ${others} other notes, ${percent(attention.rest)} on the time between notes.`;
    return [
      header,
      make("p", {}, "Before pno played ", make("b", {}, `${pitchName(of.pitch)} at ${clockTenths(of.start)}`), ", it listened most to:"),
      make("ul", { class: "heeded" }, ...heeded.slice(0, MOST_ROWS).map((one) => make("li", {}, this.row(one, heeded[0]!.share)))),
      make("h3", {}, "How far back"),
      this.distances(attention, of.start),
      ...this.choice(),
      make("p", {}, `Where it listened is not yet why it played. ${rest}`),
    ];
  }

  private row({ note, share }: Heeded, most: number): HTMLElement {
    const bar = make("i", { "aria-hidden": "true", style: `width:${((share / most) * 94).toFixed(0)}px` });
    return make("button", { class: "heed num", click: () => this.events.point(note) },
      make("b", {}, pitchName(note.pitch)), make("span", {}, clockTenths(note.start)), bar, make("span", {}, percent(share)));
  }

  private distances(attention: Attention, time: number): HTMLElement {
    const sums = sharesByDistance(attention, time);
    const most = Math.max(...sums, Number.EPSILON);
    const label = (i: number): string => (i === DISTANCES.length ? `${DISTANCES.at(-1)}+` : `${i === 0 ? 0 : DISTANCES[i - 1]}–${DISTANCES[i]}${i === 0 ? " s" : ""}`);
    const spoken = sums.map((share, i) => `${label(i)}: ${percent(share)}`).join(", ");
    return make("div", { class: "far num", role: "img", "aria-label": `Seconds back: ${spoken}` },
      ...sums.map((share, i) => make("span", {}, make("i", { style: `height:${Math.max(1, (share / most) * 36).toFixed(0)}px` }), label(i))));
  }

  private choice(): HTMLElement[] {
    const heads = this.state.engine?.capabilities.heads;
    if (!heads) return [];
    const each = Array.from({ length: heads.layers }, (_, layer) => Array.from({ length: heads.inEach }, (_, head): [string, string] =>
      [`${layer + 1} ${head + 1}`, `Layer ${layer + 1}, ear ${head + 1}`])).flat();
    const all: [string, string] = ["0 0", `All ${heads.layers * heads.inEach} together`];
    return [pick("Through which ears", [all, ...each], `${this.head.layer} ${this.head.head}`, (value) => {
      const [layer = 0, head = 0] = value.split(" ").map(Number);
      this.head = { layer, head };
      if (this.shown) void this.look(this.shown.of);
    })];
  }
}
