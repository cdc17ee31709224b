// Many clients of `pno serve` on this machine: they listen, read slowly, leave at random.
//   node e2e/load.mjs PNO [CLIENTS [SECONDS]]

import http from "node:http";

import { startServer } from "./server.mjs";

const [program, clients = "50", seconds = "60"] = process.argv.slice(2);
const server = await startServer(program);
const { url, usage } = server;
const until = Date.now() + Number(seconds) * 1000;
const counts = { streams: 0, ended: 0, left: 0, busy: 0, errors: 0 };
const shares = []; // events a second of streams that were read as fast as they came

function stream(isSlow) {
  return new Promise((resolve) => {
    const leaveAfter = 200 + Math.random() * 8000;
    const begun = Date.now();
    let notes = 0;
    const request = http.request({ host: url.hostname, port: url.port, path: "/api/generate", method: "POST", headers: { "Content-Type": "application/json" } }, (response) => {
      if (response.statusCode === 429) {
        ++counts.busy;
        response.resume();
        return resolve();
      }
      if (response.statusCode !== 200) ++counts.errors;
      ++counts.streams;
      let first = 0;
      response.on("data", (part) => {
        if (part.includes("event: notes")) first ||= Date.now();
        notes += (part.toString().match(/\],?\[|\[\[/g) ?? []).length;
        if (isSlow) {
          response.pause();
          setTimeout(() => response.resume(), 200);
        }
      });
      response.on("end", () => {
        ++counts.ended;
        resolve();
      });
      response.on("error", () => resolve());
      setTimeout(() => {
        if (!response.complete) ++counts.left;
        if (!isSlow && first && Date.now() - first > 2000) shares.push((notes / (Date.now() - first)) * 1000);
        response.destroy();
        resolve();
      }, leaveAfter);
    });
    request.on("error", () => {
      if (Date.now() - begun < leaveAfter) ++counts.errors;
      resolve();
    });
    request.end(JSON.stringify({ seconds: 60, seed: Math.floor(Math.random() * 1e6) }));
  });
}

async function client(index) {
  while (Date.now() < until) {
    await stream(index % 5 === 0);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
  }
}

const before = usage();
let most = before;
const watch = setInterval(() => {
  const now = usage();
  most = { threads: Math.max(most.threads, now.threads), megabytes: Math.max(most.megabytes, now.megabytes) };
}, 200);
await Promise.all(Array.from({ length: Number(clients) }, (_, i) => client(i)));
clearInterval(watch);
await new Promise((resolve) => setTimeout(resolve, 3000));
const health = await (await fetch(new URL("/health", url))).json();
const after = usage();
shares.sort((a, b) => a - b);
const at = (part) => shares[Math.floor(shares.length * part)]?.toFixed(1);
console.log(`${clients} clients, ${seconds} s:`, counts);
console.log(`notes a second of a listener: 10th percentile ${at(0.1)}, median ${at(0.5)}, 90th ${at(0.9)}`);
console.log("before", before, "most", most, "after", after, "health", health);
server.child.kill("SIGTERM");
process.exitCode = counts.errors > 0 || health.playing + health.waiting > 0 ? 1 : 0;
