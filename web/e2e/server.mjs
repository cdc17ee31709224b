// Starts `pno serve` for the tests, and reads what the system says of its process.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Resolves when it listens. `errors()` is what it has printed, `ended` its exit code. */
export async function startServer(program, ...flags) {
  const child = spawn(program, ["serve", "--port", "0", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const url = await new Promise((resolve, reject) => {
    child.stderr.on("data", (part) => {
      text += part;
      const found = /(http:\S+)\n/.exec(text);
      if (found) resolve(new URL(found[1]));
    });
    void ended.then(() => reject(new Error(`pno serve ended: ${text}`)));
  });
  const usage = () => ({
    threads: readdirSync(`/proc/${child.pid}/task`).length,
    megabytes: Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024),
  });
  return { child, url, ended, usage, errors: () => text };
}
