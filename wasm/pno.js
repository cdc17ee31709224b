// pno for the browser and for Node.js: the functions of pno.h as an ES module without dependencies.
//
//   import { loadPno } from "./pno.js";
//   const pno = await loadPno();
//   const model = pno.openModel(await (await fetch("model.safetensors")).arrayBuffer());
//   const session = model.openSession({ temperature: 1, top_p: 0.95, seed: 7 });
//   session.step(model.token("BOS"));
//   const token = session.draw();      // the next event …
//   session.step(token);               // … is played
//   model.event(token);                // { kind: "NOTE_ON", value: 60 }
//
// Everything runs on the calling thread: use a worker if a page must not block. Errors are thrown as a
// PnoError with one sentence. Models and sessions are in the memory of the module: close() them after
// use.

import createEngine from "./pno_engine.mjs";

/** Names of event kinds, in the order of pno_kind. */
export const KINDS = [
  "NOTE_ON", "NOTE_OFF", "TIME_SHIFT", "VELOCITY", "BOS", "EOS",
  // Of models with roles:
  "END", "INFILL", "PREFIX", "MIDDLE", "KIND", "KEY", "DENSITY", "LOUDNESS", "POLYPHONY", "COMPOSER",
];

/** Names of roles, in the order of pno_role. */
export const ROLES = ["played", "given", "announced", "future"];

/** Names of precisions, in the order of pno_precision. */
const PRECISIONS = ["auto", "f32", "bf16", "int8"];

const NO_TOKEN = 0xffff;
const ERROR_BYTES = 512; // sizeof(pno_error)
const NOTE_BYTES = 24; // sizeof(pno_note)

export class PnoError extends Error {}

/**
 * Loads the engine.
 * @param {object} [settings] of Emscripten's module, such as wasmBinary or locateFile
 * @returns {Promise<Pno>}
 */
export async function loadPno(settings = {}) {
  if (globalThis.process?.versions?.node !== undefined) {
    const { readFile } = await import("node:fs/promises");
    settings = { wasmBinary: await readFile(new URL("pno_engine.wasm", import.meta.url)), ...settings };
  }
  return new Pno(await createEngine(settings));
}

class Pno {
  /** @param {object} engine Emscripten's module */
  constructor(engine) {
    this.engine = engine;
    this.error = this.allocate(ERROR_BYTES);
    this.result = this.allocate(16); // output parameters of functions
  }

  /** @returns {string} such as "0.2.0" */
  get version() {
    return this.text(this.engine._pno_version());
  }

  /**
   * @param {ArrayBuffer | Uint8Array} bytes of a model file
   * @param {"auto" | "f32" | "bf16" | "int8"} [precision] of weights and cache; auto is the fastest
   * @returns {Model}
   */
  openModel(bytes, precision = "auto") {
    if (!PRECISIONS.includes(precision)) throw new PnoError(`${precision} is none of ${PRECISIONS.join(", ")}`);
    const file = new Uint8Array(bytes);
    const memory = this.allocate(file.length);
    this.engine.HEAPU8.set(file, memory);
    // A pno_model_options: its size, one thread, the precision.
    this.engine.HEAP32.set([12, 1, PRECISIONS.indexOf(precision)], this.result >> 2);
    try {
      this.call("_pno_model_open_memory", memory, file.length, this.result, this.result);
    } catch (error) {
      this.engine._free(memory);
      throw error;
    }
    return new Model(this, this.engine.HEAPU32[this.result >> 2], memory);
  }

  /** The options of a session: [{ name, value, help }], value its default as text. */
  get options() {
    const list = [];
    for (let i = 0; this.engine._pno_option_name(i) !== 0; ++i) {
      list.push({
        name: this.text(this.engine._pno_option_name(i)),
        value: this.text(this.engine._pno_option_default(i)),
        help: this.text(this.engine._pno_option_help(i)),
      });
    }
    return list;
  }

  /**
   * @param {ArrayBuffer | Uint8Array} bytes of a MIDI file
   * @returns {{ notes: Note[], isDamaged: boolean }} isDamaged: it could be read only up to a point
   * @typedef {{ start: number, length: number, keyLength: number, pitch: number, velocity: number }} Note
   *   times in microseconds
   */
  notesOfMidi(bytes) {
    return this.withCopy(new Uint8Array(bytes), (memory) => {
      const { result } = this;
      this.call("_pno_midi_notes", memory, bytes.byteLength, result, result + 4, result + 8);
      const isDamaged = this.engine.HEAP32[(result + 8) >> 2] !== 0;
      const [address, count] = this.engine.HEAPU32.slice(result >> 2, (result >> 2) + 2);
      const view = new DataView(this.engine.HEAPU8.buffer, address, count * NOTE_BYTES);
      const notes = Array.from({ length: count }, (_, i) => ({
        start: Number(view.getBigInt64(i * NOTE_BYTES, true)),
        length: view.getUint32(i * NOTE_BYTES + 8, true),
        keyLength: view.getUint32(i * NOTE_BYTES + 12, true),
        pitch: view.getUint8(i * NOTE_BYTES + 16),
        velocity: view.getUint8(i * NOTE_BYTES + 17),
      }));
      this.engine._pno_free(address);
      return { notes, isDamaged };
    });
  }

  /**
   * @param {Omit<Note, "keyLength">[]} notes
   * @param {string} title
   * @param {string} text how the music was made
   * @returns {Uint8Array} a MIDI file
   */
  midiOfNotes(notes, title = "", text = "") {
    const { result } = this;
    return this.withNotes(notes, (memory) =>
      this.withText(title, (titleText) =>
        this.withText(text, (textText) => {
          this.call("_pno_notes_midi", memory, notes.length, titleText, textText, result, result + 4);
          return this.taken(Uint8Array);
        }),
      ),
    );
  }

  // The following methods are for the classes of this file only.

  withNotes(notes, work) {
    const bytes = new Uint8Array(notes.length * NOTE_BYTES);
    const view = new DataView(bytes.buffer);
    for (const [i, { start, length, pitch, velocity }] of notes.entries()) {
      view.setBigInt64(i * NOTE_BYTES, BigInt(Math.round(start)), true);
      view.setUint32(i * NOTE_BYTES + 8, Math.round(length), true);
      view.setUint32(i * NOTE_BYTES + 12, Math.round(length), true);
      view.setUint8(i * NOTE_BYTES + 16, pitch);
      view.setUint8(i * NOTE_BYTES + 17, velocity);
    }
    return this.withCopy(bytes, work);
  }

  /** Calls a function whose last argument is a pno_error. Throws its message if it fails. */
  call(name, ...given) {
    if (this.engine[name](...given, this.error) !== 0) throw new PnoError(this.text(this.error));
  }

  allocate(bytes) {
    const memory = this.engine._malloc(Math.max(bytes, 1));
    if (memory === 0) throw new PnoError(`out of memory: ${bytes} bytes could not be allocated`);
    return memory;
  }

  /** Runs `work` with the address of a copy of `bytes`. */
  withCopy(bytes, work) {
    const memory = this.allocate(bytes.length);
    try {
      this.engine.HEAPU8.set(bytes, memory);
      return work(memory);
    } finally {
      this.engine._free(memory);
    }
  }

  withText(text, work) {
    return this.withCopy(new TextEncoder().encode(text + "\0"), work);
  }

  /** @param {Iterable<number>} tokens */
  withTokens(tokens, work) {
    const copy = Uint16Array.from(tokens);
    return this.withCopy(new Uint8Array(copy.buffer), (memory) => work(memory, copy.length));
  }

  text(address) {
    const heap = this.engine.HEAPU8;
    return new TextDecoder().decode(heap.slice(address, heap.indexOf(0, address)));
  }

  /** Copies and frees the array whose address is at `result` and whose length is at `result` + 4. */
  taken(View) {
    const [address, count] = this.engine.HEAPU32.slice(this.result >> 2, (this.result >> 2) + 2);
    const copy = new View(this.engine.HEAPU8.slice(address, address + count * View.BYTES_PER_ELEMENT).buffer);
    this.engine._pno_free(address);
    return copy;
  }
}

/** Weights and a vocabulary. Close it after its sessions. */
class Model {
  constructor(pno, handle, memory) {
    Object.assign(this, { pno, handle, memory });
  }

  close() {
    this.pno.engine._pno_model_close(this.handle);
    this.pno.engine._free(this.memory);
    this.handle = this.memory = 0;
  }

  /** @param {Record<string, string | number | boolean>} [options] as for set() */
  openSession(options = {}) {
    this.pno.call("_pno_session_open", this.handle, this.pno.result);
    const session = new Session(this, this.pno.engine.HEAPU32[this.pno.result >> 2]);
    try {
      for (const [name, value] of Object.entries(options)) session.set(name, value);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** Ids that are drawn: 0 … size - 1. */
  get vocabularySize() {
    return this.pno.engine._pno_vocabulary_size(this.handle);
  }

  /** Ids that are read: 0 … size - 1; more than those that are drawn if the model has roles. */
  get inputSize() {
    return this.pno.engine._pno_input_size(this.handle);
  }

  get context() {
    return this.pno.engine._pno_model_context(this.handle);
  }

  /** The number of layers, and of attention heads in each. */
  get layers() {
    return this.pno.engine._pno_model_layers(this.handle);
  }
  get heads() {
    return this.pno.engine._pno_model_heads(this.handle);
  }

  /** @returns {Attention} what the model attends to */
  openAttention() {
    this.pno.call("_pno_attention_open", this.handle, this.pno.result);
    return new Attention(this.pno, this.pno.engine.HEAPU32[this.pno.result >> 2]);
  }

  /** @returns {string | null} such as metadata("data.licence") */
  metadata(key) {
    const value = this.pno.withText(key, (text) => this.pno.engine._pno_model_metadata(this.handle, text));
    return value === 0 ? null : this.pno.text(value);
  }

  /** @returns {{ kind: string, value: number }} value: pitch, steps of a shift, or velocity's bin */
  event(token) {
    this.pno.engine._pno_token_event(this.pno.result, this.handle, token);
    const [kind, value] = this.pno.engine.HEAP32.slice(this.pno.result >> 2, (this.pno.result >> 2) + 2);
    if (kind < 0) throw new PnoError(`token ${token} is outside the vocabulary`);
    return { kind: KINDS[kind], value };
  }

  /** @returns {number} the id of token("NOTE_ON", 60), token("BOS"), … */
  token(kind, value = 0) {
    const token = this.pno.engine._pno_event_token(this.handle, KINDS.indexOf(kind), value);
    if (token === NO_TOKEN) throw new PnoError(`the vocabulary has no ${kind} ${value}`);
    return token;
  }

  /** The duration of a TIME_SHIFT in seconds; 0 for other events. */
  seconds(token) {
    return this.pno.engine._pno_token_seconds(this.handle, token);
  }

  /** MIDI velocity, 1 … 127, to the bin of a VELOCITY, and back to the middle of the bin. */
  velocityBin(velocity) {
    return this.pno.engine._pno_velocity_bin(this.handle, velocity);
  }
  binVelocity(bin) {
    return this.pno.engine._pno_bin_velocity(this.handle, bin);
  }

  /**
   * @param {ArrayBuffer | Uint8Array} bytes of a MIDI file
   * @returns {Uint16Array} its events, BOS first
   */
  tokensOfMidi(bytes) {
    return this.pno.withCopy(new Uint8Array(bytes), (memory) => {
      const { pno, handle } = this;
      pno.call("_pno_midi_tokens", handle, memory, bytes.byteLength, pno.result, pno.result + 4);
      return pno.taken(Uint16Array);
    });
  }

  /**
   * @param {Omit<Note, "keyLength">[]} notes in microseconds, in any order
   * @returns {Uint16Array} their events, BOS first
   */
  tokensOfNotes(notes) {
    const { pno, handle } = this;
    return pno.withNotes(notes, (memory) => {
      pno.call("_pno_notes_tokens", handle, memory, notes.length, pno.result, pno.result + 4);
      return pno.taken(Uint16Array);
    });
  }

  /** @returns {Uint8Array} a MIDI file of any tokens */
  midiOfTokens(tokens) {
    return this.pno.withTokens(tokens, (memory, count) => {
      const { pno, handle } = this;
      pno.call("_pno_tokens_midi", handle, memory, count, pno.result, pno.result + 4);
      return pno.taken(Uint8Array);
    });
  }
}

/** One piece of music that is read and drawn. */
class Session {
  constructor(model, handle) {
    Object.assign(this, { model, pno: model.pno, handle });
  }

  close() {
    this.pno.engine._pno_session_close(this.handle);
    this.handle = 0;
  }

  /** Sets an option of pno.options: set("temperature", 0.9). */
  set(name, value) {
    this.pno.withText(name, (key) =>
      this.pno.withText(String(value), (text) => this.pno.call("_pno_session_set", this.handle, key, text)),
    );
  }

  /** Reads many tokens at once. */
  read(tokens) {
    this.pno.withTokens(tokens, (memory, count) =>
      this.pno.call("_pno_session_read", this.handle, memory, count),
    );
  }

  /** Reads one token. */
  step(token) {
    this.pno.call("_pno_session_step", this.handle, token);
  }

  /** Reads many tokens with a role of ROLES; "played" is that of read() and step(). */
  readAs(tokens, role) {
    this.pno.withTokens(tokens, (memory, count) =>
      this.pno.call("_pno_session_read_as", this.handle, memory, count, ROLES.indexOf(role)),
    );
  }

  /** Reads one token with a role. */
  stepAs(token, role) {
    this.pno.call("_pno_session_step_as", this.handle, token, ROLES.indexOf(role));
  }

  /** Asks a model with roles for a control: control("density", 12); "" takes the wish back. */
  control(name, value) {
    this.pno.withText(name, (key) =>
      this.pno.withText(String(value), (text) => this.pno.call("_pno_session_control", this.handle, key, text)),
    );
  }

  /** @returns {number} the next token, which is not read yet */
  draw() {
    this.pno.call("_pno_session_draw", this.handle, this.pno.result);
    return this.pno.engine.HEAPU16[this.pno.result >> 1];
  }

  /** @returns {Float32Array} a copy of the logits of the next token */
  logits() {
    const address = this.pno.engine._pno_session_logits(this.handle);
    if (address === 0) throw new PnoError("no token was read; read BOS first");
    const first = address >> 2;
    return this.pno.engine.HEAPF32.slice(first, first + this.model.vocabularySize);
  }

  /** The number of tokens read. */
  get position() {
    return Number(this.pno.engine._pno_session_position(this.handle));
  }

  /** The earliest position that rewind() can go to. */
  get earliestRewind() {
    return Number(this.pno.engine._pno_session_earliest_rewind(this.handle));
  }

  /** Forgets the tokens from a position on. A token must be read before the next draw. */
  rewind(position) {
    this.pno.call("_pno_session_rewind", this.handle, BigInt(position));
  }

  /** Forgets all tokens. */
  reset() {
    this.pno.call("_pno_session_reset", this.handle);
  }

  /** @returns {Session} a copy that has read the same tokens */
  fork() {
    this.pno.call("_pno_session_fork", this.handle, this.pno.result);
    return new Session(this.model, this.pno.engine.HEAPU32[this.pno.result >> 2]);
  }
}

/** What a model attends to when it draws the event after the last token read. */
class Attention {
  constructor(pno, handle) {
    Object.assign(this, { pno, handle });
  }

  close() {
    this.pno.engine._pno_attention_close(this.handle);
    this.handle = 0;
  }

  /** Reads tokens; those that begin as in the call before are not computed again. */
  read(tokens) {
    this.pno.withTokens(tokens, (memory, count) =>
      this.pno.call("_pno_attention_read", this.handle, memory, count),
    );
  }

  /**
   * @param {number} layer from 1; 0: the mean over all
   * @param {number} head in each layer, from 1; 0: the mean over all
   * @returns {Float32Array} a weight for each of the last tokens read, 1 in sum
   */
  weights(layer = 0, head = 0) {
    const { result, engine } = this.pno;
    this.pno.call("_pno_attention_weights", this.handle, layer, head, result, result + 4);
    const [address, count] = engine.HEAPU32.slice(result >> 2, (result >> 2) + 2);
    return engine.HEAPF32.slice(address >> 2, (address >> 2) + count);
  }
}
