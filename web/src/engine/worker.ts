// The worker: loads the engine and a model, and writes music in slices, so that messages such as
// "stop" wait 15 ms at most.

import { type Attention as Heeder, loadPno, type Model, type Pno, type Session } from "pno-engine";
import wasmUrl from "pno-engine-wasm?url";

import type { GivenNote } from "../music/recipe";
import type { Attention, Head, ModelInfo, WriteRequest, WrittenNote } from "./engine";
import type { MusicEvent } from "./note_reader";
import { findNoteOn, noteShares } from "./note_shares";
import type { FromWorker, Loaded, ToWorker } from "./protocol";
import { type Source, Writer } from "./writer";

const SLICE_MS = 12;
const MICRO = 1e6;

let pno: Promise<Pno> | undefined;
let model: Model | undefined;
let heeder: Heeder | undefined; // of the model; opened when attention is asked for
const running = new Map<number, { writer: Writer; session: Session; wake: () => void }>();

const post = (message: FromWorker, transfer: Transferable[] = []): void => self.postMessage(message, { transfer });
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function engine(): Promise<Pno> {
  return (pno ??= loadPno({ locateFile: () => wasmUrl }));
}

const toEngine = (notes: GivenNote[]) =>
  notes.map(({ start, end, pitch, velocity }) => ({
    start: Math.max(0, start * MICRO),
    length: Math.max(1, (end - start) * MICRO),
    pitch,
    velocity,
  }));

class SessionSource implements Source {
  readonly stepsPerSecond: number;
  readonly context: number;
  private readonly events: MusicEvent[] = [];

  constructor(private readonly of: Model, private readonly session: Session) {
    this.stepsPerSecond = Number(of.metadata("vocabulary.steps_per_second"));
    this.context = of.context;
  }
  begin(tokens: readonly number[], options: Record<string, string | number>, seed: number): void {
    this.session.reset();
    this.session.read(tokens);
    for (const [name, value] of Object.entries(options)) this.session.set(name, value);
    // Another seed first: setting the same seed again would let the random stream continue.
    this.session.set("seed", seed === 0 ? 1 : 0);
    this.session.set("seed", seed);
  }
  next(): number {
    const token = this.session.draw();
    this.session.step(token);
    return token;
  }
  event(token: number): MusicEvent {
    const known = this.events[token];
    if (known) return known;
    const event = this.of.event(token);
    if (event.kind === "VELOCITY") event.value = this.of.binVelocity(event.value);
    return (this.events[token] = event);
  }
  tokensOf({ given, from }: WriteRequest): number[] {
    const tokens = [...this.of.tokensOfNotes(toEngine(given))];
    const read = tokens.reduce((steps, token) => {
      const { kind, value } = this.event(token);
      return kind === "TIME_SHIFT" ? steps + value : steps;
    }, 0);
    // Silence between the last note and the place where the writing begins.
    const longest = Number(this.of.metadata("vocabulary.max_shift_steps"));
    for (let left = Math.round(from * this.stepsPerSecond) - read; left > 0; left -= longest) {
      tokens.push(this.of.token("TIME_SHIFT", Math.min(left, longest)));
    }
    return tokens;
  }
}

async function load(bytes: ArrayBuffer, name: string, hash: string): Promise<Loaded> {
  const loaded = await engine();
  const opened = loaded.openModel(bytes);
  for (const { session } of running.values()) session.close();
  running.clear();
  heeder?.close();
  heeder = undefined;
  model?.close();
  model = opened;
  const info: ModelInfo = {
    name,
    hash,
    bytes: bytes.byteLength,
    licence: opened.metadata("data.licence") ?? "",
    trainedOn: `${opened.metadata("data.pieces") ?? "?"} pieces, ${Number(opened.metadata("data.hours") ?? 0).toFixed(0)} hours`,
    context: opened.context,
  };
  return { model: info, options: loaded.options.map((option) => option.name), heads: { layers: opened.layers, inEach: opened.heads } };
}

function attention(notes: GivenNote[], chosen: { start: number; pitch: number }, { layer, head }: Head): Attention | null {
  if (!model) throw new Error("no model is loaded");
  const stepsPerSecond = Number(model.metadata("vocabulary.steps_per_second"));
  const tokens = model.tokensOfNotes(toEngine(notes));
  const events = [...tokens].map((token) => model!.event(token));
  const at = findNoteOn(events, chosen, stepsPerSecond);
  if (at < 1) return null;
  heeder ??= model.openAttention();
  heeder.read(tokens.subarray(0, at));
  return noteShares(events.slice(0, at), heeder.weights(layer, head), stepsPerSecond);
}

// A message to itself comes back after the messages that wait.
const channel = new MessageChannel();
const resumed: (() => void)[] = [];
channel.port1.onmessage = () => resumed.shift()?.();
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    resumed.push(resolve);
    channel.port2.postMessage(0);
  });

async function write(writing: number, request: WriteRequest): Promise<void> {
  if (!model) throw new Error("no model is loaded");
  const session = model.openSession();
  let writer: Writer;
  try {
    writer = new Writer(new SessionSource(model, session), request);
  } catch (error) {
    session.close();
    throw error;
  }
  const run = { writer, session, wake: () => {} };
  running.set(writing, run);
  let busy = 0;
  let counted = 0;
  try {
    for (;;) {
      await nextTurn();
      if (running.get(writing) !== run) return;
      if (writer.isAhead) {
        await new Promise<void>((resolve) => (run.wake = resolve));
        continue;
      }
      const start = performance.now();
      const first = writer.notes;
      const changed = new Map<number, WrittenNote>();
      do {
        for (const note of writer.step()) changed.set(note.id, note);
      } while (!writer.isAhead && performance.now() - start < SLICE_MS);
      busy += performance.now() - start;
      counted += writer.notes - first;
      post({ type: "notes", writing, notes: [...changed.values()], until: writer.now });
      if (busy > 250) {
        post({ type: "speed", writing, notesPerSecond: (counted / busy) * 1e3 });
        busy = counted = 0;
      }
    }
  } finally {
    if (running.get(writing) === run) running.delete(writing);
    session.close();
  }
}

async function answer(message: ToWorker): Promise<void> {
  switch (message.type) {
    case "load":
      return post({ type: "answer", id: message.id, value: await load(message.model, message.name, message.hash) });
    case "readMidi": {
      const { notes, isDamaged } = (await engine()).notesOfMidi(message.bytes);
      const read = notes.map(({ start, length, keyLength, pitch, velocity }) => ({
        start: start / MICRO,
        end: (start + length) / MICRO,
        keyEnd: (start + keyLength) / MICRO,
        pitch,
        velocity,
      }));
      return post({ type: "answer", id: message.id, value: { notes: read, isDamaged } });
    }
    case "makeMidi": {
      const bytes = (await engine()).midiOfNotes(toEngine(message.notes), message.title, message.text);
      return post({ type: "answer", id: message.id, value: bytes }, [bytes.buffer as ArrayBuffer]);
    }
    case "attention":
      return post({ type: "answer", id: message.id, value: attention(message.notes, message.chosen, message.head) });
    case "write":
      return write(message.writing, message.request);
    case "extend": {
      const run = running.get(message.writing);
      run?.writer.extend(message.until);
      return run?.wake();
    }
    case "rewrite": {
      const run = running.get(message.writing);
      if (!run) return;
      const { event, time, notes } = run.writer.rewrite(message.time, message.options, message.number);
      post({ type: "takenBack", writing: message.writing, time, event });
      post({ type: "notes", writing: message.writing, notes, until: time });
      return run.wake();
    }
    case "stop": {
      const run = running.get(message.writing);
      running.delete(message.writing);
      return run?.wake();
    }
  }
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  try {
    await answer(data);
  } catch (error) {
    if ("id" in data) post({ type: "refused", id: data.id, message: sentence(error) });
    else post({ type: "failed", writing: data.writing, message: sentence(error) });
  }
};
