// The duet: one plays, pauses, and pno answers. The own keys sound at once and never pass through the
// model. While the pause lasts, pno plans its answer; any key throws the plan away.

import type { Engine } from "../engine/engine";
import { endOf, insert, type Note, type Player } from "../music/note";
import type { Recipe, Wishes } from "../music/recipe";
import type { Sheet } from "../music/sheet";
import { onGrid } from "../share/link";
import type { Piano } from "../sound/piano";
import { Author } from "./author";

export type Turn = "yours" | "pause" | "pno";

export interface DuetHost {
  engine(): Engine | null;
  piano(): Piano | null;
  wishes(): Wishes;
  changed(): void;
  turn(turn: Turn): void;
  failed(message: string): void;
}

const SHORTEST_ANSWER = 2; // seconds
const LONGEST_ANSWER = 12;
const MEMORY = 60; // seconds of the duet that the model is given

export class Duet {
  patience = 1; // seconds of silence until pno answers
  answerSeconds = 0; // 0: as long as the phrase
  turn: Turn = "yours";
  isOn = false;
  private clockStart: number | null = null; // of the audio clock, at the first key
  private readonly open = new Map<number, Note>();
  private phraseStart = 0;
  private silentSince: number | null = null;
  private answerStart = 0;
  private answerEnd = 0;
  private author: Author | null = null;
  private sent = 0; // seconds up to which the answer was sent to the piano

  constructor(private readonly sheet: () => Sheet, private readonly host: DuetHost) {}

  /** Seconds of the duet; it begins with the first key. */
  get now(): number {
    const piano = this.host.piano();
    return this.clockStart === null || !piano ? endOf(this.sheet().notes) : piano.now - this.clockStart;
  }
  get heardUntil(): number {
    return this.now;
  }
  get written(): number {
    return Math.max(this.now, this.author?.written ?? 0);
  }
  /** 0 … 1 while the pause lasts. */
  get waited(): number {
    return this.silentSince === null ? 0 : Math.min(1, (this.now - this.silentSince) / this.patience);
  }
  /** The keys that sound, and those that will within a second. */
  keys(): { lit: Map<number, Player>; soon: Set<number> } {
    const now = this.now;
    const lit = new Map<number, Player>();
    const soon = new Set<number>();
    for (const note of this.sheet().notes) {
      if (note.start <= now && note.end > now) lit.set(note.pitch, note.by);
      else if (note.start > now && note.start < now + 1) soon.add(note.pitch);
    }
    return { lit, soon };
  }

  start(): void {
    this.isOn = true;
    this.clockStart = null;
    this.setTurn("yours");
  }

  stop(): void {
    this.isOn = false;
    this.dropPlan();
    const now = this.now;
    for (const [pitch] of this.open) this.release(pitch);
    this.host.piano()?.silence();
    this.endNotes(now);
    this.clockStart = null;
    this.silentSince = null;
  }

  press(pitch: number, velocity: number): void {
    const piano = this.host.piano();
    piano?.play([{ time: 0, pitch, velocity }]);
    if (!this.isOn || !piano) return;
    if (this.clockStart === null) this.clockStart = piano.now - (this.sheet().notes.length > 0 ? endOf(this.sheet().notes) + 1 : 0.5);
    const now = this.now;
    if (this.turn !== "yours") this.interrupt(now);
    if (this.open.size === 0 && this.silentSince === null) this.phraseStart = now;
    this.silentSince = null;
    this.release(pitch);
    const note: Note = { start: now, end: Infinity, keyEnd: Infinity, pitch, velocity, by: "human" };
    this.open.set(pitch, note);
    insert(this.sheet().notes, note);
    this.extendStretch("human", "you", now);
    this.host.changed();
  }

  release(pitch: number): void {
    this.host.piano()?.play([{ time: 0, pitch, velocity: 0 }]);
    const note = this.open.get(pitch);
    if (!note) return;
    this.open.delete(pitch);
    note.end = note.keyEnd = Math.max(this.now, note.start + 0.02);
    if (this.open.size > 0 || !this.isOn) return;
    this.silentSince = this.now;
    this.plan();
  }

  /** Call it some times a second. */
  tick(): void {
    if (!this.isOn || this.clockStart === null) return;
    const { now } = this;
    if (this.open.size > 0) this.extendStretch("human", "you", now);
    if (this.turn === "pause" && this.waited >= 1) {
      this.setTurn("pno");
      this.sheet().stretches.push({ from: this.answerStart, to: this.answerStart, by: "pno", label: "pno" });
      this.sent = this.answerStart;
    }
    if (this.turn === "pno") {
      this.send(now);
      const last = this.sheet().stretches.at(-1);
      if (last) last.to = this.author ? this.written : Math.max(this.answerEnd, now);
      if (now > this.answerEnd && !this.author?.isWriting) {
        this.author = null;
        this.silentSince = null;
        this.setTurn("yours");
      }
    }
    this.host.changed();
  }

  private plan(): void {
    const engine = this.host.engine();
    if (!engine) return;
    const { now } = this;
    this.dropPlan();
    this.answerStart = Math.round((now + this.patience) * 100) / 100;
    const phrase = Math.min(LONGEST_ANSWER, Math.max(SHORTEST_ANSWER, now - this.phraseStart));
    const seconds = this.answerSeconds > 0 ? this.answerSeconds : phrase;
    this.answerEnd = this.answerStart + seconds;
    // The last minute, from its first note on.
    const recent = this.sheet().notes.filter((note) => note.start > now - MEMORY && Number.isFinite(note.end));
    const first = recent[0]?.start ?? 0;
    const given = onGrid(recent.map(({ start, end, pitch, velocity }) => ({ start: start - first, end: Math.min(end, now) - first, pitch, velocity })));
    const recipe: Recipe = {
      number: 1 + Math.floor(Math.random() * 999_999), begin: "notes", given, from: this.answerStart, wishes: { ...this.host.wishes() },
      changes: [], seconds, model: engine.model.hash,
    };
    const shifted = given.map((note) => ({ ...note, start: note.start + first, end: note.end + first }));
    // The silence before the first note is not music: everything is given relative to it.
    const zero = Math.round(first * 100) / 100;
    const relative = shifted.map((note) => ({ ...note, start: Math.max(0, note.start - zero), end: note.end - zero }));
    this.author = new Author(shiftedEngine(engine, zero), this.sheet(), recipe, relative, seconds, {
      wrote: () => this.host.changed(),
      tookBack: () => {},
      ended: () => {},
      speed: () => {},
      failed: (message) => this.host.failed(message),
    });
    this.setTurn("pause");
  }

  /** Sends the next two seconds of the answer to the piano. */
  private send(now: number): void {
    const piano = this.host.piano();
    if (!piano || this.clockStart === null) return;
    const until = Math.min(now + 2, this.written);
    if (until <= this.sent) return;
    const within = (time: number): boolean => time >= this.sent && time < until;
    const events = this.sheet().notes.filter((note) => note.by === "pno").flatMap(({ start, end, pitch, velocity }) => [
      ...(within(start) ? [{ time: start + this.clockStart!, pitch, velocity }] : []),
      ...(within(end) ? [{ time: end + this.clockStart!, pitch, velocity: 0 }] : []),
    ]);
    this.sent = until;
    piano.play(events);
  }

  /** A key of one's own while pno plans or plays. */
  private interrupt(now: number): void {
    const wasPlaying = this.turn === "pno";
    this.dropPlan();
    if (wasPlaying) {
      const piano = this.host.piano();
      piano?.forget(0);
      const sounding = this.sheet().notes.filter((note) => note.by === "pno" && note.start <= now && note.end > now);
      piano?.play(sounding.map(({ pitch }) => ({ time: 0, pitch, velocity: 0 })));
      this.endNotes(now);
      const last = this.sheet().stretches.at(-1);
      if (last?.by === "pno") last.to = now;
    }
    this.phraseStart = now;
    this.setTurn("yours");
  }

  private dropPlan(): void {
    if (!this.author) return;
    this.author.stop(this.now);
    this.author = null;
    this.endNotes(this.now);
  }

  /** Takes away the notes of pno after `now`, and ends those that sound. */
  private endNotes(now: number): void {
    const { notes } = this.sheet();
    const kept = notes.filter((note) => note.by === "human" || note.start <= now);
    for (const note of kept) if (note.by === "pno" && note.end > now) note.end = note.keyEnd = Math.max(now, note.start + 0.02);
    notes.splice(0, notes.length, ...kept);
  }

  private extendStretch(by: Player, label: string, to: number): void {
    const { stretches } = this.sheet();
    const last = stretches.at(-1);
    if (last?.by === by && last.label === label) last.to = Math.max(last.to, to);
    else stretches.push({ from: to, to: to + 0.05, by, label });
  }

  private setTurn(turn: Turn): void {
    if (this.turn === turn && turn !== "yours") return;
    this.turn = turn;
    this.host.turn(turn);
  }
}

/** The engine for music whose time 0 is `zero` of the sheet. */
function shiftedEngine(engine: Engine, zero: number): Engine {
  return {
    where: engine.where,
    model: engine.model,
    capabilities: engine.capabilities,
    readMidi: (bytes) => engine.readMidi(bytes),
    makeMidi: (notes, title, text) => engine.makeMidi(notes, title, text),
    attention: (notes, chosen, head) => engine.attention(notes, chosen, head),
    close: () => {},
    write: (request, events) =>
      engine.write({ ...request, from: request.from - zero, until: request.until - zero }, {
        ...events,
        notes: (notes, until) =>
          events.notes(notes.map((note) => ({ ...note, start: note.start + zero, end: note.end + zero })), until + zero),
      }),
  };
}
