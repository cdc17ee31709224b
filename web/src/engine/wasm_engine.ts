// The engine in a worker of this page.

import type { GivenNote } from "../music/recipe";
import { type Attention, EngineError, type Capabilities, type Engine, type Head, type ModelInfo, type WriteEvents, type WriteRequest, type Writing } from "./engine";
import type { FromWorker, Loaded, ToWorker } from "./protocol";

type MidiRead = Awaited<ReturnType<Engine["readMidi"]>>;

export class WasmEngine implements Engine {
  readonly where = "tab";
  model!: ModelInfo;
  capabilities!: Capabilities;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  private readonly writings = new Map<number, WriteEvents>();
  private ids = 0;

  constructor() {
    this.worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    this.worker.onerror = (event) => {
      const error = new EngineError(event.message || "the engine could not be started");
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
      for (const events of this.writings.values()) events.failed(error.message);
      this.writings.clear();
    };
  }

  /** Opens a model file; the one before it is closed. Throws an EngineError if it is not a model. */
  async load(bytes: ArrayBuffer, name: string, hash: string): Promise<void> {
    const { model, options, heads } = await this.ask<Loaded>((id) => ({ type: "load", id, model: bytes, name, hash }), [bytes]);
    this.model = model;
    // Roles are not in this engine yet.
    this.capabilities = { infill: false, accompany: false, attention: true, heads, options: new Set(options) };
  }

  readMidi(bytes: ArrayBuffer): Promise<MidiRead> {
    return this.ask((id) => ({ type: "readMidi", id, bytes }), [bytes]);
  }

  makeMidi(notes: GivenNote[], title: string, text: string): Promise<Uint8Array> {
    return this.ask((id) => ({ type: "makeMidi", id, notes, title, text }));
  }

  attention(notes: GivenNote[], chosen: { start: number; pitch: number }, head: Head): Promise<Attention | null> {
    return this.ask((id) => ({ type: "attention", id, notes, chosen, head }));
  }

  write(request: WriteRequest, events: WriteEvents): Writing {
    const writing = ++this.ids;
    this.writings.set(writing, events);
    this.post({ type: "write", writing, request });
    return {
      extend: (until) => this.post({ type: "extend", writing, until }),
      rewrite: (time, options, number) => this.post({ type: "rewrite", writing, time, options, number }),
      stop: () => {
        this.writings.delete(writing);
        this.post({ type: "stop", writing });
      },
    };
  }

  close(): void {
    this.worker.terminate();
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private ask<T>(message: (id: number) => ToWorker, transfer: Transferable[] = []): Promise<T> {
    const id = ++this.ids;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: never) => void, reject });
      this.post(message(id), transfer);
    });
  }

  private receive(message: FromWorker): void {
    if (message.type === "answer" || message.type === "refused") {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.type === "answer") waiting?.resolve(message.value as never);
      else waiting?.reject(new EngineError(message.message));
      return;
    }
    const events = this.writings.get(message.writing);
    if (message.type === "notes") events?.notes(message.notes, message.until);
    else if (message.type === "takenBack") events?.takenBack(message.time, message.event);
    else if (message.type === "speed") events?.speed(message.notesPerSecond);
    else events?.failed(message.message);
  }
}
