// The sheet and what pno writes on it: new pieces, continuations, undo.

import opening from "virtual:opening";

import type { Engine } from "../engine/engine";
import { clockTenths, count } from "../music/clock";
import { before, endOf, type Note, pitchName } from "../music/note";
import type { GivenNote, Recipe, Wishes } from "../music/recipe";
import { copyOf, emptySheet, History, type Sheet } from "../music/sheet";
import { onGrid } from "../share/link";
import { Author, type AuthorEvents } from "./author";
import { isPhone } from "./dom";

export const AHEAD = 8; // seconds written beyond the playhead
const MS = 1000;

export const openingNotes = (): Note[] =>
  opening.map(([start, keyEnd, end, pitch, velocity]) => ({ start: start / MS, keyEnd: keyEnd / MS, end: end / MS, pitch, velocity, by: "human" }));
const openingSeconds = Math.max(...opening.map(([, , end]) => end)) / MS;

/** The opening at the left, and the same in the colours of pno at the right: behind the sheet without music. */
export const ghostSheet: Sheet = {
  ...emptySheet(),
  notes: [...openingNotes(), ...openingNotes().map((note): Note => ({ ...note, start: note.start + 14, keyEnd: note.end + 14, end: note.end + 14, by: "pno" }))],
};

const given = (notes: readonly Note[]): GivenNote[] =>
  onGrid(notes.map(({ start, end, pitch, velocity }) => ({ start, end, pitch, velocity })));

export const newNumber = (): number => 1 + Math.floor(Math.random() * 99_999);

export interface Settings {
  wishes: Wishes;
  begin: "pianist" | "nothing";
  seconds: number; // of new music; 0: until stopped
  number: number; // of the next piece
}

export class Score {
  sheet: Sheet = emptySheet();
  heard = 0; // seconds; what lies beyond is still to come
  private readonly history = new History();
  private author: Author | null = null;
  private waiting: (() => void) | null = null; // what to write when the engine is there
  private engine: Engine | null = null;

  constructor(private readonly settings: Settings, private readonly events: AuthorEvents) {}

  get end(): number {
    return endOf(this.sheet.notes);
  }
  /** Seconds up to which the sheet is complete. */
  get written(): number {
    return this.author ? this.author.written : this.waiting ? this.sheet.recipe!.from : this.end;
  }
  /** True if more will come: it is being written, or waits for the engine. */
  get isGrowing(): boolean {
    return this.isWaiting || this.author?.isWriting === true;
  }
  get isWaiting(): boolean {
    return this.waiting !== null;
  }
  get hasAuthor(): boolean {
    return this.author !== null;
  }
  get canUndo(): boolean {
    return this.history.canUndo;
  }
  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** Another engine: what waits is written by it. */
  useEngine(engine: Engine): void {
    const { waiting } = this;
    this.stop();
    this.engine = engine;
    waiting?.();
  }

  /** Puts another sheet in place of this one, which comes back with undo. */
  replace(sheet: Sheet, heard: number): void {
    this.stop();
    if (this.sheet.notes.length > 0) this.history.push(this.sheet);
    this.sheet = sheet;
    this.heard = heard;
  }

  /** A new piece by the settings. */
  beginNew(): void {
    const { begin, number, seconds, wishes } = this.settings;
    this.settings.number = newNumber();
    this.begin({ number, begin, given: [], from: begin === "pianist" ? openingSeconds : 0, wishes: { ...wishes }, changes: [], seconds, model: "" });
  }

  /** A piece by its recipe: a new one, or that of a link. */
  begin(recipe: Recipe): void {
    const notes = recipe.begin === "pianist" ? openingNotes() : recipe.given.map((note): Note => ({ ...note, keyEnd: note.end, by: "human" }));
    const label = recipe.begin === "pianist" ? "a pianist" : "yours";
    const subtitles = {
      pianist: isPhone() ? "Ten seconds of Schubert, then pno" : "Begins with ten seconds of Schubert by a pianist; then pno makes it up",
      notes: "Continues notes that came with the link",
      nothing: "Made up by pno from the first note",
    };
    const sheet: Sheet = {
      title: `New piece, number ${recipe.number}`,
      subtitle: subtitles[recipe.begin],
      notes,
      stretches: [...(recipe.from > 0 ? [{ from: 0, to: recipe.from, by: "human" as const, label }] : []), { from: recipe.from, to: Infinity, by: "pno", label: "pno" }],
      recipe,
    };
    this.replace(sheet, 0);
    this.write(recipe, given(notes));
  }

  /** Continues from `cut`, in place of what comes after it. Returns false if nothing comes before it. */
  continueFrom(cut: number): boolean {
    const notes = before(this.sheet.notes, cut);
    if (notes.length === 0) return false;
    const stretches = this.sheet.stretches.filter((stretch) => stretch.from < cut).map((stretch) => ({ ...stretch, to: Math.min(stretch.to, cut) }));
    const { number, seconds, wishes } = this.settings;
    this.settings.number = newNumber();
    const recipe: Recipe = { number, begin: "notes", given: given(notes), from: cut, wishes: { ...wishes }, changes: [], seconds, model: "" };
    this.replace({
      title: this.sheet.title, subtitle: `pno continues from ${clockTenths(cut)}`, notes,
      stretches: [...stretches, { from: cut, to: Infinity, by: "pno", label: "pno" }], recipe,
    }, cut);
    this.write(recipe, recipe.given);
    return true;
  }

  private write(recipe: Recipe, notes: GivenNote[]): void {
    const start = (): void => {
      if (!this.engine) return;
      recipe.model ||= this.engine.model.hash;
      this.author = new Author(this.engine, this.sheet, recipe, notes, AHEAD, {
        ...this.events,
        failed: (message) => {
          this.author = null;
          this.events.failed(message);
        },
      });
    };
    this.stop();
    if (this.engine) start();
    else this.waiting = start;
  }

  /** Ends the writing; the notes stay. */
  stop(): void {
    this.author?.stop();
    this.author = null;
    this.waiting = null;
  }

  extend(until: number): void {
    this.author?.extend(until);
  }

  /** The wishes have changed: what begins after `time` is written again. */
  wish(time: number): void {
    const { recipe } = this.sheet;
    if (!recipe) return;
    if (this.author?.isWriting) this.author.wish(time, this.settings.wishes);
    else if (this.waiting) recipe.wishes = { ...this.settings.wishes };
  }

  /** Returns false if there is nothing to take back. */
  undo(): boolean {
    this.stop();
    return this.show(this.history.undo(this.sheet));
  }
  redo(): boolean {
    this.stop();
    return this.show(this.history.redo(this.sheet));
  }
  private show(sheet: Sheet | null): boolean {
    if (!sheet) return false;
    this.sheet = copyOf(sheet);
    this.heard = Infinity;
    return true;
  }

  /** The notes as they are now; what is still being written ends where it is written. */
  finishedNotes(): Note[] {
    const { written } = this;
    return before(this.sheet.notes, written).map((note) => (Number.isFinite(note.end) ? note : { ...note, end: written }));
  }

  /** How to make this music again. For music that pno did not write: its notes, and pno continues from their end. */
  recipe(): Recipe {
    const { number, wishes } = this.settings;
    return this.sheet.recipe ?? {
      number, begin: "notes", given: given(this.finishedNotes()), from: this.end, wishes: { ...wishes }, changes: [], seconds: 0, model: this.engine?.model.hash ?? "",
    };
  }

  /** For screen readers. */
  summary(): string {
    const { notes } = this.sheet;
    if (notes.length === 0) return "No notes";
    const pitches = notes.map((note) => note.pitch);
    const byPno = notes.filter((note) => note.by === "pno").length;
    return `${count(Math.round(this.end), "second")}, ${count(notes.length, "note")}, ${byPno} by pno, from ${pitchName(Math.min(...pitches))} to ${pitchName(Math.max(...pitches))}`;
  }
}
