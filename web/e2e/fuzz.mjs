// Broken requests at a running `pno serve`, built with the address sanitizer if possible: it must answer
// the next sound request, leak nothing, and end cleanly.
//   node e2e/fuzz.mjs PNO [SECONDS [SEED]] [MODEL…]

import net from "node:net";

import { midiOf } from "./midi_reader.mjs";
import { startServer } from "./server.mjs";

const [program, seconds = "60", seed = "1", ...models] = process.argv.slice(2);
const AT_ONCE = 12;
const LONGEST_MS = 3000; // of one connection
const server = await startServer(program, ...models);
const host = `${server.url.hostname}:${server.url.port}`;

// Mulberry32: the same seed, the same requests.
let state = Number(seed) >>> 0;
const random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const below = (n) => Math.floor(random() * n);
const one = (list) => list[below(list.length)];

const post = (path, type, body) => Buffer.concat([
  Buffer.from(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`), Buffer.from(body),
]);
const get = (path) => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const midi = midiOf([{ start: 0, end: 0.2, pitch: 60, velocity: 80 }, { start: 0.1, end: 0.3, pitch: 64, velocity: 90 }]);
const json = "application/json";
const seeds = () => [
  get("/"), get("/health"), get("/api/models"), get("/api/openapi.json"), get("/assets/nothing.js"), get("/?token=wrong"),
  post("/api/generate", json, JSON.stringify({ notes: [[0, 1, 60, 80], [0.5, 2, 64, 70]], from: 2, seconds: 1, seed: 5, options: { temperature: 0.9, key: "C#m" } })),
  post("/api/generate", json, JSON.stringify({ seconds: 600 })),
  post("/api/attention", json, JSON.stringify({ notes: [[0, 1, 60, 80], [0.5, 2, 64, 70]], note: [0.5, 64], layer: 1, head: 1 })),
  post("/api/render?format=ogg", "audio/midi", midi), post("/api/render", "audio/midi", midi),
  Buffer.from(`POST /api/generate HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${json}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
];
const WORDS = ["\r\n", "\r\n\r\n", "\0", "-1", "99999999999999999999", "1e999", "NaN", "null", "[[[[", "{\"a\":", "../../etc/passwd", "%00", "%ff",
  "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Range: bytes=0-1,2-3\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "\u{1f3b9}"];

function mutated(bytes) {
  let out = Buffer.from(bytes);
  for (let count = below(4); count > 0; --count) {
    const at = below(out.length + 1);
    switch (below(6)) {
      case 0: if (at < out.length) out[at] ^= 1 << below(8); break;
      case 1: out = out.subarray(0, at); break;
      case 2: out = Buffer.concat([out.subarray(0, at), Buffer.from(one(WORDS)), out.subarray(at)]); break;
      case 3: out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + below(20)))]); break;
      case 4: { const part = out.subarray(at, at + below(200)); out = Buffer.concat([out, part, part]); break; }
      default: out = Buffer.concat([out.subarray(0, at), Buffer.from(Array.from({ length: below(64) }, () => below(256))), out.subarray(at)]);
    }
  }
  return out;
}

const statuses = new Map();
let sent = 0;
function attack() {
  return new Promise((resolve) => {
    const socket = net.connect(Number(server.url.port), server.url.hostname);
    const timer = setTimeout(() => socket.destroy(), 50 + below(LONGEST_MS));
    let isFirst = true;
    socket.on("data", (data) => {
      if (!isFirst) return;
      isFirst = false;
      const status = /^HTTP\/1\.1 (\d+)/.exec(data.toString("latin1", 0, 16))?.[1] ?? "other";
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on("connect", () => {
      ++sent;
      const bytes = mutated(one(seeds()));
      // Now and then in two pieces, with a pause between them.
      const cut = below(4) === 0 ? below(bytes.length + 1) : bytes.length;
      socket.write(bytes.subarray(0, cut));
      if (cut < bytes.length) setTimeout(() => socket.write(bytes.subarray(cut)), below(400));
      if (below(8) === 0) socket.end();
    });
  });
}

async function health() {
  const answer = await fetch(new URL("/health", server.url), { signal: AbortSignal.timeout(20_000) });
  return answer.json();
}

const until = Date.now() + Number(seconds) * 1000;
const before = server.usage();
const series = [];
let failure = "";
const attacker = async () => {
  while (Date.now() < until && !failure) await attack();
};
const watch = async () => {
  while (Date.now() < until && !failure) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, Number(seconds) * 100)));
    try {
      if ((await health()).status !== "ok") failure = "health is not ok";
      series.push(server.usage());
    } catch (error) {
      failure = `the server does not answer any more: ${error.message}`;
    }
  }
};
await Promise.all([watch(), ...Array.from({ length: AT_ONCE }, attacker)]);
await new Promise((resolve) => setTimeout(resolve, 8000));
try {
  const { playing, waiting } = await health();
  if (playing + waiting > 0) failure ||= `${playing} still play and ${waiting} wait`;
} catch (error) {
  failure ||= error.message;
}
const after = failure ? null : server.usage();
server.child.kill("SIGTERM");
const code = await server.ended;
if (code !== 0) failure ||= `it ended with ${code}`;
if (/Sanitizer|runtime error/.test(server.errors())) failure ||= "a sanitizer complained";
const late = series.slice(Math.floor(series.length / 2));
console.log(`${sent} connections in ${seconds} s; answers:`, Object.fromEntries([...statuses].sort()));
console.log("before", before, "in the second half at most", { threads: Math.max(...late.map((u) => u.threads)), megabytes: Math.max(...late.map((u) => u.megabytes)) }, "after", after);
if (failure) console.error(`FAILED: ${failure}\n${server.errors().slice(-6000)}`);
else console.log("it answers, and ended cleanly");
process.exitCode = failure ? 1 : 0;
