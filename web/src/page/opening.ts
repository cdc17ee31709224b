// Music that comes from elsewhere: files, links, and the sheet of the last visit.

import { clock, count } from "../music/clock";
import { endOf, type Note } from "../music/note";
import type { Recipe } from "../music/recipe";
import { emptySheet } from "../music/sheet";
import { LinkError, parseFragment } from "../share/link";
import { readMusicFile } from "./music_file";
import { announce, closeNotice, notice } from "./notices";
import type { PageState } from "./page_state";
import type { Score } from "./score";
import { keptSheet } from "./store";

export interface OpeningEvents {
  loadModel(file: File): Promise<void>;
  /** Before another sheet takes the place of this one. */
  leaving(): void;
  /** Given notes are on the sheet: pno may continue them. */
  openedNotes(): void;
  /** The piece of a link may be played. */
  openedLink(): void;
  /** The piece of a link is written and played from now on. */
  playLink(): void;
}

export class Opening {
  private fileToOpen: File | null = null; // when the engine is there

  constructor(private readonly state: PageState, private readonly score: Score, private readonly events: OpeningEvents) {}

  async openFile(file: File): Promise<void> {
    closeNotice();
    if (file.name.endsWith(".safetensors")) return this.events.loadModel(file);
    const { engine } = this.state;
    if (!engine) {
      this.fileToOpen = file;
      return notice("pno is still being fetched. Then the file opens.");
    }
    const { notes, message, isError } = await readMusicFile(file, engine);
    if (notes.length > 0) this.openNotes(file.name, "yours", notes);
    notice(message, { isError });
  }

  /** The engine is there: opens the file that waits for it. */
  engineCame(): void {
    const file = this.fileToOpen;
    this.fileToOpen = null;
    if (file) void this.openFile(file);
  }

  openNotes(title: string, label: string, notes: Note[]): void {
    this.events.leaving();
    this.score.replace({
      title, notes, recipe: null,
      subtitle: `${clock(endOf(notes))}, ${count(notes.length, "note")}. Drag the line, or press ← → on it, to choose where pno continues`,
      stretches: [{ from: 0, to: Infinity, by: "human", label }],
    }, Infinity);
    this.events.openedNotes();
    announce(`${title}. ${this.score.summary()}`);
  }

  /** The piece of the address, if it has one. */
  openLink(fragment: string): void {
    try {
      const recipe = parseFragment(fragment);
      if (!recipe) return;
      // Music that is on the sheet comes back with undo.
      this.events.leaving();
      this.score.replace(emptySheet(), 0);
      this.state.fromLink = recipe;
      this.events.openedLink();
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      notice("This link is not complete. Here is a new piece.", { isError: true });
    }
  }

  playLink(recipe: Recipe): void {
    const { state } = this;
    state.fromLink = null;
    if (state.engine && recipe.model !== state.engine.model.hash) notice("This link was made with another pno: the music will differ.");
    state.settings.wishes = { ...(recipe.changes.at(-1)?.wishes ?? recipe.wishes) };
    this.events.leaving();
    this.score.begin(recipe);
    this.events.playLink();
  }

  /** The sheet of the last visit. */
  restore(): void {
    const kept = keptSheet();
    if (kept && !location.hash.includes("n=")) this.score.replace(kept, Infinity);
  }
}
