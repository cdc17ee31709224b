// The state of the page, which its parts read and change.

import type { Engine } from "../engine/engine";
import type { Note } from "../music/note";
import type { Recipe } from "../music/recipe";
import { newNumber, type Settings } from "./score";
import type { Verb } from "./verbs";

export class PageState {
  verb: Verb = "new";
  engine: Engine | null = null;
  bank: ArrayBuffer | null = null; // SoundFont of the piano
  cut: number | null = null; // seconds, from where pno continues
  chosen: Note | null = null;
  fromLink: Recipe | null = null; // of a link that was not played yet
  side: "wishes" | "listening" | null = null; // what the side panel shows
  status = ""; // how far the loading is
  speed = 0; // notes a second of the engine; 0: not measured yet
  readonly settings: Settings = { wishes: {}, begin: "pianist", seconds: 0, number: newNumber() };

  /** Names of the session options that the engine has. */
  get known(): ReadonlySet<string> {
    return this.engine?.capabilities.options ?? new Set(["density", "key"]);
  }
}
