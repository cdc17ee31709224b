import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { defineConfig, type Plugin } from "vite";

// @ts-expect-error a module without types
import { ENGINE_FOLDER, MODEL_FILE, OPENING_FILE, OPENING_SECONDS, PIANO_FILE } from "./sources.mjs";

// virtual:files has the address, size and hash of the model and the piano; virtual:opening has the
// notes that begin a new piece.
function files(): Plugin {
  const large = { model: MODEL_FILE as string, piano: PIANO_FILE as string };
  let isBuild = false;
  return {
    name: "pno-files",
    configResolved: (config) => void (isBuild = config.command === "build"),
    resolveId: (id) => (id === "virtual:files" || id === "virtual:opening" ? `\0${id}` : undefined),
    async load(id) {
      if (id === "\0virtual:opening") return `export default ${JSON.stringify(await opening())};`;
      if (id !== "\0virtual:files") return;
      const lines = Object.entries(large).map(([name, path]) => {
        const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
        const { size } = statSync(path);
        const url = isBuild
          ? `import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: "asset", name: `${name}.${name === "model" ? "safetensors" : "sf3"}`, source: readFileSync(path) })}`
          : JSON.stringify(`/@fs${path}`);
        return `export const ${name} = { url: ${url}, bytes: ${size}, hash: "${hash}" };`;
      });
      return lines.join("\n");
    },
  };
}

// [start, key end, end, pitch, velocity], times in milliseconds.
async function opening(): Promise<number[][]> {
  const { loadPno } = await import(pathToFileURL(`${ENGINE_FOLDER}/pno.js`).href);
  const pno = await loadPno();
  const { notes } = pno.notesOfMidi(readFileSync(OPENING_FILE));
  const end = OPENING_SECONDS * 1000;
  type MidiNote = { start: number; length: number; keyLength: number; pitch: number; velocity: number };
  return (notes as MidiNote[])
    .map((n) => [n.start / 1e3, (n.start + n.keyLength) / 1e3, (n.start + n.length) / 1e3, n.pitch, n.velocity])
    .filter(([start]) => start! < end)
    .map(([start, keyEnd, soundEnd, ...rest]) =>
      [start!, Math.min(keyEnd!, end), Math.min(soundEnd!, end), ...rest].map(Math.round),
    );
}

export default defineConfig({
  base: "./",
  plugins: [files()],
  resolve: {
    alias: [
      { find: /^pno-engine-wasm/, replacement: `${ENGINE_FOLDER}/pno_engine.wasm` },
      { find: /^pno-engine$/, replacement: `${ENGINE_FOLDER}/pno.js` },
    ],
  },
  worker: { format: "es" },
  server: { fs: { allow: ["..", "/"] } },
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1024 },
  test: { include: ["test/**/*.test.ts"] },
} as never);
