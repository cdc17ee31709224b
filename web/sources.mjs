// Where the build finds what the page needs besides its own sources. Each can be named in the
// environment instead.

import { fileURLToPath } from "node:url";

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));

// The engine for the browser: cmake --workflow --preset wasm.
export const ENGINE_FOLDER = process.env.PNO_ENGINE ?? fromHere("../build/wasm");
// pno export models/piano.safetensors --precision int8
export const MODEL_FILE = process.env.PNO_MODEL ?? fromHere("../build/page/piano.safetensors");
// The SoundFont with one piano.
export const PIANO_FILE = process.env.PNO_PIANO ?? fromHere("../data/piano/piano.sf3");
// The performance that begins a new piece.
export const OPENING_FILE = fromHere("../data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid");
export const OPENING_SECONDS = 10;
