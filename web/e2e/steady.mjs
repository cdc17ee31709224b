// Streams without a pause from `pno serve`: its memory must not grow.
//   node e2e/steady.mjs PNO [SECONDS [LISTENERS]]

import http from "node:http";

import { startServer } from "./server.mjs";

const [program, seconds = "600", listeners = "8"] = process.argv.slice(2);
const WARM_UP = 0.2; // of the time: allocations of the first streams
const MOST_GROWTH = 4; // megabytes
const server = await startServer(program);
const until = Date.now() + Number(seconds) * 1000;
const counts = { streams: 0, notes: 0, errors: 0 };
const agent = new http.Agent({ maxSockets: Infinity });

function stream() {
  return new Promise((resolve) => {
    const request = http.request({ agent, host: server.url.hostname, port: server.url.port, path: "/api/generate", method: "POST", headers: { "Content-Type": "application/json" } }, (response) => {
      if (response.statusCode !== 200) ++counts.errors;
      response.on("data", (part) => (counts.notes += (part.toString().match(/\],\[|\[\[/g) ?? []).length));
      response.on("end", resolve);
      response.on("error", resolve);
    });
    request.on("error", () => {
      ++counts.errors;
      resolve();
    });
    ++counts.streams;
    request.end(JSON.stringify({ seconds: 30 + Math.floor(Math.random() * 60), seed: Math.floor(Math.random() * 1e6) }));
  });
}
const listener = async () => {
  while (Date.now() < until) await stream();
};
const series = [];
const begun = Date.now();
const watch = setInterval(() => series.push({ at: (Date.now() - begun) / 1000, ...server.usage() }), 5000);
await Promise.all(Array.from({ length: Number(listeners) }, listener));
clearInterval(watch);
const settled = series.filter(({ at }) => at > WARM_UP * Number(seconds)).map(({ megabytes }) => megabytes);
const half = settled.length >> 1;
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const [early, late] = [mean(settled.slice(0, half)), mean(settled.slice(half))];
console.log(`${listeners} listeners for ${seconds} s:`, counts);
console.log(`memory: ${settled[0]} MB after the warm-up, mean ${early.toFixed(1)} MB in the first half, ${late.toFixed(1)} MB in the second, most ${Math.max(...settled)} MB`);
server.child.kill("SIGTERM");
await server.ended;
process.exitCode = counts.errors > 0 || late - early > MOST_GROWTH ? 1 : 0;
