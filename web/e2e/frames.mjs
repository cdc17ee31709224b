// Frame times of the page with 2,000 notes in sight, while it plays.
//   node e2e/frames.mjs [DIST…]       built pages, dist/ without; they take turns, so that other work on
//                                     the machine disturbs all alike
// It also tells the time of the page's own script in a frame, which depends less on other work.

import { loadavg } from "node:os";
import { resolve } from "node:path";

import { midiOf } from "./midi_reader.mjs";
import { DIST, launch, serve } from "./site.mjs";

const folders = process.argv.length > 2 ? process.argv.slice(2).map((folder) => resolve(folder)) : [DIST];
const TURNS = 3;
const FRAMES = 400;
const READY_MS = 120_000;
// From 11 ms to 11 ms a note: at the usual zoom 2,000 are in sight.
const many = midiOf(Array.from({ length: 5000 }, (_, i) => ({ start: i * 0.011, end: i * 0.011 + 0.2, pitch: 30 + ((i * 7) % 60), velocity: 40 + (i % 60) })));
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);

async function measure(browser, url, place) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // Counts the time of what the page does in its frames.
  await context.addInitScript(() => {
    window.scripts = [];
    const request = window.requestAnimationFrame.bind(window);
    window.plainFrame = request;
    window.requestAnimationFrame = (work) => request((now) => {
      const begun = performance.now();
      work(now);
      window.scripts.push(performance.now() - begun);
    });
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => /^Ready/.test(document.getElementById("status-left").textContent), null, { timeout: READY_MS });
  await page.setInputFiles("#file", { name: "many.mid", mimeType: "audio/midi", buffer: many });
  await page.waitForSelector("#big-dock:has-text('Continue from')");
  await page.click("[data-verb=new]");
  await page.focus("#roll");
  await page.keyboard.press("Home");
  if (place === "gliding") for (let i = 0; i < 17; ++i) await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.press(" ");
  const frames = await page.evaluate((count) => new Promise((resolve) => {
    const list = [];
    let last = performance.now();
    window.scripts.length = 0;
    const frame = (now) => {
      list.push(now - last);
      last = now;
      if (list.length < count) window.plainFrame(frame);
      else resolve({ frames: list.slice(20), scripts: window.scripts.slice(20) });
    };
    window.plainFrame(frame);
  }), FRAMES);
  await context.close();
  return frames;
}

const browser = await launch();
const sites = [];
for (const folder of folders) sites.push({ folder, site: await serve({ folder }), results: { still: { frames: [], scripts: [] }, gliding: { frames: [], scripts: [] } } });
for (let turn = 0; turn < TURNS; ++turn) {
  for (const { site, results } of sites) {
    for (const place of ["still", "gliding"]) {
      const { frames, scripts } = await measure(browser, site.url, place);
      results[place].frames.push(...frames);
      results[place].scripts.push(...scripts);
    }
  }
}
console.log(`load of the machine ${loadavg().map((load) => load.toFixed(1)).join(", ")}; Chromium without a graphics card`);
for (const { folder, results } of sites) {
  for (const [place, { frames, scripts }] of Object.entries(results)) {
    for (const list of [frames, scripts]) list.sort((a, b) => a - b);
    console.log(`${folder}, the roll ${place}: frames ${at(frames, 0.5)} ms (median), ${at(frames, 0.95)} (95th percentile), ${at(frames, 1)} (longest); script ${at(scripts, 0.5)}, ${at(scripts, 0.95)}, ${at(scripts, 1)}`);
  }
}
await browser.close();
for (const { site } of sites) await site.stop();
