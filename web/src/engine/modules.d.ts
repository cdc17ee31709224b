// Modules that the build makes: see vite.config.ts and ../wasm/pno.js.

declare module "virtual:files" {
  interface LargeFile {
    url: string;
    bytes: number;
    hash: string;
  }
  export const model: LargeFile;
  export const piano: LargeFile;
}

declare module "virtual:opening" {
  /** [start, end of the key, end of the sound, pitch, velocity], times in milliseconds. */
  const opening: [number, number, number, number, number][];
  export default opening;
}

declare module "pno-engine-wasm?url" {
  const url: string;
  export default url;
}

declare module "pno-engine" {
  export interface MidiNote {
    start: number;
    length: number;
    keyLength: number;
    pitch: number;
    velocity: number;
  }
  type Kind = "NOTE_ON" | "NOTE_OFF" | "TIME_SHIFT" | "VELOCITY" | "BOS" | "EOS";
  export interface Session {
    close(): void;
    set(name: string, value: string | number | boolean): void;
    read(tokens: Iterable<number>): void;
    step(token: number): void;
    draw(): number;
    reset(): void;
    readonly position: number;
  }
  export interface Attention {
    close(): void;
    read(tokens: Iterable<number>): void;
    weights(layer?: number, head?: number): Float32Array;
  }
  export interface Model {
    close(): void;
    readonly layers: number;
    readonly heads: number;
    openAttention(): Attention;
    openSession(options?: Record<string, string | number | boolean>): Session;
    readonly context: number;
    metadata(key: string): string | null;
    event(token: number): { kind: Kind; value: number };
    token(kind: Kind, value?: number): number;
    seconds(token: number): number;
    binVelocity(bin: number): number;
    tokensOfNotes(notes: Omit<MidiNote, "keyLength">[]): Uint16Array;
  }
  export interface Pno {
    readonly version: string;
    readonly options: { name: string; value: string; help: string }[];
    openModel(bytes: ArrayBuffer | Uint8Array, precision?: string): Model;
    notesOfMidi(bytes: ArrayBuffer | Uint8Array): { notes: MidiNote[]; isDamaged: boolean };
    midiOfNotes(notes: Omit<MidiNote, "keyLength">[], title?: string, text?: string): Uint8Array;
  }
  export function loadPno(settings?: { locateFile?: (name: string) => string }): Promise<Pno>;
}
