// One interface for two engines: WebAssembly in a worker, and `pno serve`.

import type { GivenNote } from "../music/recipe";

export interface Capabilities {
  infill: boolean;
  accompany: boolean;
  attention: boolean;
  /** Of the model, if it shows its attention. */
  heads?: { layers: number; inEach: number };
  /** Names of session options: density, key, … */
  options: ReadonlySet<string>;
}

export interface ModelInfo {
  name: string;
  hash: string;
  bytes: number;
  licence: string;
  trainedOn: string;
  context: number;
}

/** One of several models of a server. */
export interface ServedModel {
  id: string;
  name: string;
}

export interface WrittenNote {
  id: number; // counts from 0 in one piece of writing
  start: number; // seconds
  end: number; // Infinity while it sounds on
  pitch: number;
  velocity: number;
}

export interface WriteRequest {
  given: GivenNote[]; // the music so far
  from: number; // seconds, where the writing begins
  until: number; // seconds, where it may pause until extend() is called
  seed: number;
  options: Record<string, string | number>;
  /** Options and seeds of later events: of a link. */
  changes: { event: number; seed: number; options: Record<string, string | number> }[];
}

export interface WriteEvents {
  /** New notes, and old ones that ended. Nothing before `until` is missing. */
  notes(notes: WrittenNote[], until: number): void;
  /** Everything from `time` on was taken back, before event `event`. */
  takenBack(time: number, event: number): void;
  speed(notesPerSecond: number): void;
  failed(message: string): void;
}

/** A head of the model; both counted from 1, 0: the mean over all. */
export interface Head {
  layer: number;
  head: number;
}

export interface NoteShare {
  start: number; // seconds
  pitch: number;
  share: number; // of the attention, 0 … 1
}

/** What the model attended to before a note. */
export interface Attention {
  notes: NoteShare[]; // the greatest share first
  rest: number; // of events that belong to no note
}

/** A piece of writing in progress. */
export interface Writing {
  extend(until: number): void;
  /** Writes again what begins after `time`, with other options; the seed is seedOf(number, event). */
  rewrite(time: number, options: Record<string, string | number>, number: number): void;
  stop(): void;
}

export interface Engine {
  readonly where: "tab" | "server";
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  write(request: WriteRequest, events: WriteEvents): Writing;
  readMidi(bytes: ArrayBuffer): Promise<{ notes: (GivenNote & { keyEnd: number })[]; isDamaged: boolean }>;
  makeMidi(notes: GivenNote[], title: string, text: string): Promise<Uint8Array>;
  /** What the model attends to before it draws `chosen`, one of `notes`; null if it is not among its events. */
  attention(notes: GivenNote[], chosen: { start: number; pitch: number }, head: Head): Promise<Attention | null>;
  /** The models that the server has; without a server: none. */
  readonly served?: readonly ServedModel[];
  /** The same server with another of its models. */
  withModel?(id: string): Engine;
  close(): void;
}

export class EngineError extends Error {}
