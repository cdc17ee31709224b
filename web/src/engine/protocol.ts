// Messages between the page and the worker that runs the engine.

import type { GivenNote } from "../music/recipe";
import type { Head, ModelInfo, WriteRequest, WrittenNote } from "./engine";

export type ToWorker =
  | { type: "load"; id: number; model: ArrayBuffer; name: string; hash: string }
  | { type: "readMidi"; id: number; bytes: ArrayBuffer }
  | { type: "makeMidi"; id: number; notes: GivenNote[]; title: string; text: string }
  | { type: "attention"; id: number; notes: GivenNote[]; chosen: { start: number; pitch: number }; head: Head }
  | { type: "write"; writing: number; request: WriteRequest }
  | { type: "extend"; writing: number; until: number }
  | { type: "rewrite"; writing: number; time: number; options: Record<string, string | number>; number: number }
  | { type: "stop"; writing: number };

export interface Loaded {
  model: ModelInfo;
  options: string[];
  heads: { layers: number; inEach: number };
}

export type FromWorker =
  | { type: "answer"; id: number; value: unknown }
  | { type: "refused"; id: number; message: string }
  | { type: "notes"; writing: number; notes: WrittenNote[]; until: number }
  | { type: "takenBack"; writing: number; time: number; event: number }
  | { type: "speed"; writing: number; notesPerSecond: number }
  | { type: "failed"; writing: number; message: string };
