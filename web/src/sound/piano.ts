// The piano of the page: an audio context with one node.

import processorUrl from "./piano_processor.ts?worker&url";
import type { KeyEvent, ToPiano } from "./piano_processor";

async function pianoNode(context: BaseAudioContext, bank: ArrayBuffer, events: KeyEvent[]): Promise<AudioWorkletNode> {
  await context.audioWorklet.addModule(processorUrl);
  const node = new AudioWorkletNode(context, "pno-piano", {
    numberOfInputs: 0,
    outputChannelCount: [2],
    processorOptions: { bank, events },
  });
  node.connect(context.destination);
  await new Promise<void>((resolve, reject) => {
    node.port.onmessage = () => resolve();
    node.onprocessorerror = () => reject(new Error("the piano could not be started"));
  });
  return node;
}

export class Piano {
  private constructor(readonly context: AudioContext, readonly node: AudioWorkletNode) {}

  /** The context starts suspended; resume() needs a gesture. */
  static async open(bank: ArrayBuffer): Promise<Piano> {
    const context = new AudioContext({ latencyHint: "interactive" });
    return new Piano(context, await pianoNode(context, bank, []));
  }

  get now(): number {
    return this.context.currentTime;
  }
  /** Seconds from the clock to the ear. */
  get latency(): number {
    return this.context.outputLatency || this.context.baseLatency || 0;
  }
  get isRunning(): boolean {
    return this.context.state === "running";
  }
  /** False if the browser holds the sound back. */
  async resume(): Promise<boolean> {
    if (!this.isRunning) await Promise.race([this.context.resume(), new Promise((resolve) => setTimeout(resolve, 1000))]);
    return this.isRunning;
  }
  play(events: KeyEvent[]): void {
    if (events.length > 0) this.post({ type: "play", events });
  }
  forget(time: number): void {
    this.post({ type: "forget", time });
  }
  silence(): void {
    this.post({ type: "silence" });
  }
  private post(message: ToPiano): void {
    this.node.port.postMessage(message);
  }
}

const RELEASE_SECONDS = 2;
const SAMPLE_RATE = 44_100;

/** The sound of notes, rendered without playing it. `progress` is 0 … 1. */
export async function render(
  bank: ArrayBuffer,
  notes: readonly { start: number; end: number; pitch: number; velocity: number }[],
  progress: (part: number) => void,
): Promise<AudioBuffer> {
  const seconds = notes.reduce((end, note) => Math.max(end, note.end), 0) + RELEASE_SECONDS;
  const context = new OfflineAudioContext(2, Math.ceil(seconds * SAMPLE_RATE), SAMPLE_RATE);
  const events = notes.flatMap(({ start, end, pitch, velocity }) => [
    { time: start, pitch, velocity },
    { time: end, pitch, velocity: 0 },
  ]);
  await pianoNode(context, bank, events);
  const timer = setInterval(() => progress(context.currentTime / seconds), 200);
  try {
    return await context.startRendering();
  } finally {
    clearInterval(timer);
  }
}
