// The engine of `pno serve`: music in parts of some seconds, as server-sent events. MIDI files are
// read and written by the engine of this tab, which also continues if the server is gone.

import type { GivenNote } from "../music/recipe";
import { type Attention, type Capabilities, type Engine, EngineError, type Head, type ModelInfo, type ServedModel, type WriteEvents, type WriteRequest, type Writing, type WrittenNote } from "./engine";

const PART_SECONDS = 20;

interface ServerModel {
  id: string;
  name: string;
  context: number;
  licence: string;
  pieces: string;
  hours: string;
  options: string[];
  infill: boolean;
  accompany: boolean;
  attention: boolean;
  layers: number;
  heads: number;
}

export class ServerEngine implements Engine {
  readonly where = "server";

  private constructor(
    readonly model: ModelInfo,
    readonly capabilities: Capabilities,
    readonly id: string,
    private readonly all: readonly ServerModel[],
    private readonly local: Engine,
    private readonly told: (sentence: string) => void,
  ) {}

  /** Null if this page was not served by `pno serve`. `told` hears what a person should know. */
  static async find(local: Engine, told: (sentence: string) => void): Promise<ServerEngine | null> {
    if (!document.querySelector('meta[name="pno-serve"]')) return null;
    let models: ServerModel[];
    try {
      const answer = await fetch("./api/models");
      if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
      models = (await answer.json()) as ServerModel[];
    } catch {
      return null;
    }
    return models[0] ? ServerEngine.of(models[0], models, local, told) : null;
  }

  private static of(model: ServerModel, all: readonly ServerModel[], local: Engine, told: (sentence: string) => void): ServerEngine {
    const info: ModelInfo = {
      name: model.name, hash: `server-${model.id}-${model.name}`, bytes: 0, licence: model.licence,
      trainedOn: `${model.pieces} pieces, ${Number(model.hours).toFixed(0)} hours`, context: model.context,
    };
    const { infill, accompany, attention } = model;
    const heads = { layers: model.layers, inEach: model.heads };
    return new ServerEngine(info, { infill, accompany, attention, heads, options: new Set(model.options) }, model.id, all, local, told);
  }

  get served(): readonly ServedModel[] {
    return this.all;
  }
  withModel(id: string): ServerEngine {
    const model = this.all.find((one) => one.id === id);
    if (!model) throw new EngineError("pno serve does not have this model");
    return ServerEngine.of(model, this.all, this.local, this.told);
  }

  readMidi(bytes: ArrayBuffer): ReturnType<Engine["readMidi"]> {
    return this.local.readMidi(bytes);
  }
  makeMidi(notes: GivenNote[], title: string, text: string): Promise<Uint8Array> {
    return this.local.makeMidi(notes, title, text);
  }
  write(request: WriteRequest, events: WriteEvents): Writing {
    return new ServerWriting(request, events, this.id, this.local, this.told);
  }
  async attention(notes: GivenNote[], chosen: { start: number; pitch: number }, { layer, head }: Head): Promise<Attention | null> {
    const answer = await fetch("./api/attention", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: this.id, notes: rows(notes), note: [chosen.start, chosen.pitch], layer, head }),
    }).catch(() => null);
    if (!answer) throw new EngineError("pno serve does not answer.");
    const json = (await answer.json()) as { notes: [number, number, number][]; rest: number; error?: string };
    if (!answer.ok) throw new EngineError(json.error ?? "pno serve could not tell.");
    return { notes: json.notes.map(([start, pitch, share]) => ({ start, pitch, share })), rest: json.rest };
  }
  close(): void {}
}

const rows = (notes: readonly GivenNote[]): number[][] => notes.map(({ start, end, pitch, velocity }) => [start, end, pitch, velocity]);

class ServerWriting implements Writing {
  private readonly written = new Map<number, WrittenNote>();
  private now: number;
  private until: number;
  private ids = 0;
  private parts = 0;
  private seed: number;
  private options: WriteRequest["options"];
  private running: AbortController | null = null;
  private local: Writing | null = null;
  private isOver = false;

  constructor(private readonly request: WriteRequest, private readonly events: WriteEvents, private readonly model: string, private readonly tab: Engine, private readonly told: (sentence: string) => void) {
    this.now = request.from;
    this.until = request.until;
    this.seed = request.seed;
    this.options = request.options;
    void this.run();
  }

  extend(until: number): void {
    this.until = Math.max(this.until, until);
    if (this.local) this.local.extend(this.until);
    else void this.run();
  }

  rewrite(time: number, options: WriteRequest["options"], number: number): void {
    if (this.local) return this.local.rewrite(time, options, number);
    this.running?.abort();
    this.running = null;
    this.options = options;
    this.seed = number + ++this.parts;
    this.now = Math.min(this.now, Math.max(this.request.from, time));
    this.until = this.now;
    const ended: WrittenNote[] = [];
    for (const [id, note] of this.written) {
      if (note.start >= this.now) this.written.delete(id);
      else if (note.end > this.now) ended.push(Object.assign(note, { end: this.now }));
    }
    this.events.takenBack(this.now, this.parts);
    this.events.notes(ended.map((note) => ({ ...note })), this.now);
  }

  stop(): void {
    this.isOver = true;
    this.running?.abort();
    this.local?.stop();
  }

  private async run(): Promise<void> {
    if (this.running || this.isOver || this.local) return;
    const running = (this.running = new AbortController());
    try {
      while (this.now < this.until && !running.signal.aborted) await this.part(running.signal);
    } catch (error) {
      if (running.signal.aborted || this.isOver) return;
      this.told(error instanceof BusyError ? "pno serve is busy. pno continues in this tab." : "pno serve does not answer. pno continues in this tab.");
      this.continueHere();
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  /** The music so far. */
  private soFar(): GivenNote[] {
    const written = [...this.written.values()].map(({ start, end, pitch, velocity }) => ({ start, end: Math.min(end, this.now), pitch, velocity }));
    return [...this.request.given, ...written.filter((note) => note.end > note.start)].sort((a, b) => a.start - b.start);
  }

  private async part(signal: AbortSignal): Promise<void> {
    const first = this.ids;
    const begun = performance.now();
    const answer = await fetch("./api/generate", {
      method: "POST",
      signal,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        model: this.model, notes: rows(this.soFar().slice(-2000)),
        from: this.now, seconds: PART_SECONDS, seed: (this.seed + this.parts++) >>> 0, options: this.options,
      }),
    });
    if (answer.status === 429) throw new BusyError();
    if (!answer.ok || !answer.body) throw new Error(`${answer.status}`);
    for await (const { event, data } of serverSentEvents(answer.body)) {
      if (signal.aborted) return;
      if (event === "failed") throw new Error(data);
      if (event === "end") return this.measure(this.ids - first, begun);
      if (event !== "notes") continue;
      const { notes, until } = JSON.parse(data) as { notes: [number, number, number | null, number, number][]; until: number };
      const changed = notes.map(([id, start, end, pitch, velocity]): WrittenNote => ({ id: first + id, start, end: end ?? Infinity, pitch, velocity }));
      for (const note of changed) {
        this.written.set(note.id, { ...note });
        this.ids = Math.max(this.ids, note.id + 1);
      }
      this.now = until;
      this.events.notes(changed, until);
    }
    throw new Error("the stream was cut short");
  }

  private measure(notes: number, begun: number): void {
    this.events.speed((notes / (performance.now() - begun)) * 1000);
  }

  private continueHere(): void {
    const offset = this.ids;
    for (const note of this.written.values()) {
      if (note.end > this.now) this.events.notes([{ ...Object.assign(note, { end: this.now }) }], this.now);
    }
    this.local = this.tab.write(
      { given: this.soFar(), from: this.now, until: this.until, seed: this.seed, options: this.options, changes: [] },
      { ...this.events, notes: (notes, until) => this.events.notes(notes.map((note) => ({ ...note, id: note.id + offset })), until) },
    );
  }
}

class BusyError extends Error {}

/** Parses server-sent events; comments are left out. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const field = (name: string): string => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2)).join("\n");
      const data = field("data");
      if (data) yield { event: field("event") || "message", data };
    }
  }
}
