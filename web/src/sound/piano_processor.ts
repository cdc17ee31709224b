// The piano, in the audio thread. Notes come with the time of the audio clock at which they sound.

import { SoundBankLoader, SpessaSynthProcessor } from "spessasynth_core";

declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
  constructor(options?: unknown);
}
declare function registerProcessor(name: string, processor: unknown): void;

/** velocity 0 ends the note. */
export interface KeyEvent {
  time: number; // of the audio clock; 0: at once
  pitch: number;
  velocity: number;
}

export type ToPiano =
  | { type: "play"; events: KeyEvent[] }
  /** Forgets the events from `time` on. */
  | { type: "forget"; time: number }
  /** Forgets all events and ends all notes. */
  | { type: "silence" };

const CHANNEL = 0;
const BLOCK = 128;
const GAIN = 1.6;

class PianoProcessor extends AudioWorkletProcessor {
  private readonly synth = new SpessaSynthProcessor(sampleRate, { maxBufferSize: BLOCK, eventsEnabled: false });
  private events: KeyEvent[] = []; // sorted by time, ends first
  private isReady = false;

  constructor(options: { processorOptions: { bank: ArrayBuffer; events?: KeyEvent[] } }) {
    super(options);
    this.port.onmessage = ({ data }: MessageEvent<ToPiano>) => this.receive(data);
    const { bank, events } = options.processorOptions;
    if (events) this.add(events);
    void this.synth.processorInitialized.then(() => {
      const loaded = SoundBankLoader.fromArrayBuffer(bank);
      // Decoded now and not at the first note, which would be late.
      for (const sample of loaded.samples) sample.getAudioData();
      this.synth.soundBankManager.addSoundBank(loaded, "piano");
      this.synth.setSystemParameter("reverbGain", 0.7);
      this.isReady = true;
      this.port.postMessage("ready");
    });
  }

  private receive(message: ToPiano): void {
    if (message.type === "play") return this.add(message.events);
    const from = message.type === "forget" ? message.time : 0;
    this.events = this.events.filter((event) => event.time < from);
    if (message.type === "silence") for (let pitch = 0; pitch < 128; ++pitch) this.synth.noteOff(CHANNEL, pitch);
  }

  private add(events: KeyEvent[]): void {
    this.events.push(...events);
    this.events.sort((a, b) => a.time - b.time || a.velocity - b.velocity);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [left, right] = outputs[0]!;
    if (!this.isReady || !left || !right) return true;
    let at = 0;
    while (at < left.length) {
      const now = currentTime + at / sampleRate;
      while (this.events.length > 0 && this.events[0]!.time <= now) this.play(this.events.shift()!);
      const next = this.events[0];
      const until = next ? Math.min(left.length, Math.max(at + 1, Math.ceil((next.time - currentTime) * sampleRate))) : left.length;
      this.synth.process(left, right, at, until - at);
      at = until;
    }
    for (const channel of [left, right]) for (let i = 0; i < channel.length; ++i) channel[i]! *= GAIN;
    return true;
  }

  private play({ pitch, velocity }: KeyEvent): void {
    if (velocity > 0) this.synth.noteOn(CHANNEL, pitch, velocity);
    else this.synth.noteOff(CHANNEL, pitch);
  }
}

registerProcessor("pno-piano", PianoProcessor);
