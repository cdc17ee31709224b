// After vite build: writes the service worker with the list of files, and checks the sizes.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const folder = fileURLToPath(new URL("../dist", import.meta.url));
const all = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
  .filter((name) => name !== "sw.js")
  .sort();
const isKeptByPage = (name) => /\.(safetensors|sf3)$/.test(name);
const shell = all.filter((name) => !isKeptByPage(name));
const hash = createHash("sha256");
for (const name of shell) hash.update(name).update(readFileSync(join(folder, name)));
const worker = readFileSync(fileURLToPath(new URL("../src/sw.js", import.meta.url)), "utf8")
  .replace("__VERSION__", hash.digest("hex").slice(0, 12))
  .replace("__FILES__", JSON.stringify(["./", ...shell.filter((name) => name !== "index.html").map((name) => `./${name}`)]));
writeFileSync(join(folder, "sw.js"), worker);

const gzipped = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
const bytes = (name) => readFileSync(join(folder, name)).length;
const sum = (names, size) => names.reduce((total, name) => total + size(name), 0);
const isEngine = (name) => name.endsWith(".wasm");
const LIMITS = [
  ["page, gzipped", sum(shell.filter((name) => !isEngine(name)), gzipped), 300_000],
  ["engine", sum(shell.filter(isEngine), bytes), 1_000_000],
  ["piano", sum(all.filter((name) => name.endsWith(".sf3")), bytes), 600_000],
  ["model", sum(all.filter((name) => name.endsWith(".safetensors")), bytes), 8_000_000],
];
for (const [what, size, limit] of LIMITS) {
  console.log(`${what}: ${size} bytes of ${limit}`);
  if (size > limit) {
    console.error(`the ${what} is larger than it may be`);
    process.exitCode = 1;
  }
}
