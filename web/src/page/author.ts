// Follows a writing of the engine and keeps the sheet up to date with it.

import type { Engine, WriteRequest, Writing, WrittenNote } from "../engine/engine";
import { insert, type Note } from "../music/note";
import { optionsOf, type Recipe, seedOf, type Wishes } from "../music/recipe";
import type { Sheet } from "../music/sheet";

export interface AuthorEvents {
  /** New notes are on the sheet. */
  wrote(): void;
  /** Notes that were sent to the piano may be gone. */
  tookBack(): void;
  ended(): void;
  speed(notesPerSecond: number): void;
  failed(message: string): void;
}

export class Author {
  written: number; // seconds up to which the sheet is complete
  private writing: Writing | null = null;
  private asked = 0;
  private readonly byId = new Map<number, Note>();
  private readonly limit: number;

  /** `ahead` is how far the first part may be written before extend(). */
  constructor(
    private readonly engine: Engine,
    private readonly sheet: Sheet,
    private readonly recipe: Recipe,
    given: WriteRequest["given"],
    ahead: number,
    private readonly events: AuthorEvents,
  ) {
    this.written = recipe.from;
    this.limit = recipe.seconds > 0 ? recipe.from + recipe.seconds : Infinity;
    this.asked = Math.min(this.limit, recipe.from + ahead);
    const options = (wishes: Wishes): Record<string, string | number> => optionsOf(wishes, engine.capabilities.options);
    this.writing = engine.write(
      {
        given,
        from: recipe.from,
        until: this.asked,
        seed: seedOf(recipe.number, 0),
        options: options(recipe.wishes),
        changes: recipe.changes.map(({ event, wishes }) => ({ event, seed: seedOf(recipe.number, event), options: options(wishes) })),
      },
      {
        notes: (notes, until) => this.add(notes, until),
        takenBack: (time, event) => this.takeBack(time, event),
        speed: (notesPerSecond) => events.speed(notesPerSecond),
        failed: (message) => {
          this.writing = null;
          events.failed(message);
        },
      },
    );
  }

  get isWriting(): boolean {
    return this.writing !== null;
  }

  extend(until: number): void {
    const to = Math.min(until, this.limit);
    if (to < this.asked + 0.25 && to !== this.limit) return;
    if (to === this.asked) return;
    this.asked = to;
    this.writing?.extend(to);
  }

  /** Writes again what begins after `time`. */
  wish(time: number, wishes: Wishes): void {
    this.pendingWishes = { ...wishes };
    this.writing?.rewrite(Math.max(time, this.recipe.from), optionsOf(wishes, this.engine.capabilities.options), this.recipe.number);
  }
  private pendingWishes: Wishes = {};

  /** Ends the writing; notes that still sound end where the music is written. */
  stop(at = this.written): void {
    this.writing?.stop();
    this.writing = null;
    for (const note of this.byId.values()) {
      if (note.end <= at) continue;
      note.end = Math.max(note.start + 0.01, at);
      note.keyEnd = note.end;
    }
    this.byId.clear();
  }

  private add(notes: WrittenNote[], until: number): void {
    for (const { id, start, end, pitch, velocity } of notes) {
      const known = this.byId.get(id);
      if (known) {
        known.end = known.keyEnd = end;
      } else if (start < this.limit) {
        const note: Note = { start, end, keyEnd: end, pitch, velocity, by: "pno" };
        this.byId.set(id, note);
        insert(this.sheet.notes, note);
      }
    }
    this.written = Math.min(until, this.limit);
    this.events.wrote();
    if (until < this.limit || !this.writing) return;
    this.stop(this.limit);
    this.events.ended();
  }

  private takeBack(time: number, event: number): void {
    for (const [id, note] of this.byId) {
      if (note.start > time) this.byId.delete(id);
      else if (note.end > time) note.end = note.keyEnd = Infinity;
    }
    const kept = this.sheet.notes.filter((note) => note.by !== "pno" || note.start <= time);
    this.sheet.notes.splice(0, this.sheet.notes.length, ...kept);
    this.written = time;
    this.asked = Math.max(time, this.recipe.from);
    this.recipe.changes = this.recipe.changes.filter((change) => change.event < event);
    this.recipe.changes.push({ event, wishes: this.pendingWishes });
    this.events.tookBack();
  }
}
