// Plays a model in Node.js or in headless Chromium and prints the result as JSON.
//   node run.mjs node|PATH_OF_CHROMIUM FOLDER_OF_pno.js MODEL COUNT PRECISION

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { play } from "./play.mjs";

const LONGEST_MS = 120_000;
const [where, folder, model, count, precision] = process.argv.slice(2);

async function inNode() {
  const { loadPno } = await import(pathToFileURL(join(folder, "pno.js")));
  return play(await loadPno(), await readFile(model), Number(count), precision);
}

async function inBrowser() {
  const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
  const files = {
    "/": [join(here, "page.html"), "text/html"],
    "/play.mjs": [join(here, "play.mjs"), "text/javascript"],
    "/pno.js": [join(folder, "pno.js"), "text/javascript"],
    "/pno_engine.mjs": [join(folder, "pno_engine.mjs"), "text/javascript"],
    "/pno_engine.wasm": [join(folder, "pno_engine.wasm"), "application/wasm"],
    "/model.safetensors": [model, "application/octet-stream"],
  };
  let finish;
  const result = new Promise((resolve) => (finish = resolve));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    if (path === "/result") {
      const parts = [];
      for await (const part of request) parts.push(part);
      response.end();
      finish(JSON.parse(Buffer.concat(parts).toString()));
    } else if (path in files) {
      const [file, type] = files[path];
      response.setHeader("Content-Type", type);
      response.end(await readFile(file));
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = await mkdtemp(join(tmpdir(), "pno-wasm-"));
  const browser = spawn(where, [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    `--user-data-dir=${profile}`, "--remote-debugging-port=0",
    `http://127.0.0.1:${server.address().port}/?count=${count}&precision=${precision}`,
  ], { stdio: "ignore" });
  const gone = new Promise((resolve) => browser.once("exit", resolve));
  const late = setTimeout(() => finish({ error: "the browser gave no answer" }), LONGEST_MS);
  browser.once("error", (error) => finish({ error: String(error) }));
  const answer = await Promise.race([result, gone.then(() => ({ error: "the browser ended early" }))]);
  clearTimeout(late);
  browser.kill();
  await gone;
  server.closeAllConnections();
  server.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  return answer;
}

const answer = where === "node" ? await inNode() : await inBrowser();
if (answer.error !== undefined) {
  console.error(answer.error);
  process.exitCode = 1;
}
console.log(JSON.stringify(answer));
