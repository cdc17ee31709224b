// The page from `pno serve`, with its engine.
//   node e2e/serve.mjs PNO         PNO is the program, with pno-serve beside it and the page inside

import { readFileSync } from "node:fs";

import { notesOf } from "./midi_reader.mjs";
import { startServer } from "./server.mjs";
import { launch } from "./site.mjs";

const program = process.argv[2];
if (!program) {
  console.error("usage: node e2e/serve.mjs PNO");
  process.exit(2);
}
const expect = (condition, claim) => {
  if (!condition) throw new Error(`this does not hold: ${claim}`);
};

const server = await startServer(program);
const browser = await launch();
let failed = 0;
try {
  const { url } = server;
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(url.href);
  await page.waitForFunction(() => /plays through pno on this computer/.test(document.getElementById("status-right").textContent), null, { timeout: 60_000 });
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:12", null, { timeout: 60_000 });
  console.log(await page.locator("#status-right").textContent());
  const saved = async () => {
    await page.click("#save");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("dialog button:has-text('MIDI file')")]);
    return notesOf(new Uint8Array(readFileSync(await file.path())));
  };
  const notes = await saved();
  expect(notes.some((note) => note.start > 10.2 && note.start < 12), "the server wrote notes");
  const elsewhere = await fetch(new URL("/api/generate", url), { method: "POST", headers: { Origin: "http://elsewhere.example", "Content-Type": "application/json" }, body: "{}" });
  expect(elsewhere.status === 403, "a page of another site is refused");

  const begun = Date.now();
  server.child.kill("SIGTERM");
  const code = await server.ended;
  expect(Date.now() - begun < 2000, `SIGTERM ends it within two seconds; it took ${Date.now() - begun} ms`);
  console.log(`SIGTERM: ended after ${Date.now() - begun} ms with ${code}`);
  await page.waitForSelector("#note:has-text('pno serve does not answer. pno continues in this tab.')", { timeout: 60_000 });
  const end = Math.max(...notes.map((note) => note.start)) + 8;
  await page.waitForFunction((until) => {
    const [minutes, seconds] = document.getElementById("clock").textContent.split(":").map(Number);
    return minutes * 60 + seconds > until;
  }, end, { timeout: 120_000 });
  expect((await saved()).some((note) => note.start > end), "the tab continues");
  expect(problems.length === 0, `there are no errors in the page: ${problems.join("; ")}`);
  console.log("1 passed, 0 failed");
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  console.log("0 passed, 1 failed");
  failed = 1;
}
server.child.kill("SIGKILL");
await browser.close();
process.exitCode = failed;
