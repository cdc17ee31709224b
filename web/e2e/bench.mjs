// Speed of the page in Chromium on this machine: notes a second, the first sound with a cold cache
// over a slow network and with a warm one, frame times with 2,000 notes in sight.
//   node e2e/bench.mjs

import { launch, serve } from "./site.mjs";
import { midiOf } from "./midi_reader.mjs";

const COLD_BYTES_PER_SECOND = 50e6 / 8;
const READY_MS = 120_000;

const site = await serve();
const slow = await serve({ throttle: COLD_BYTES_PER_SECOND });
const browser = await launch();
const ready = (page) => page.waitForFunction(() => /^Ready/.test(document.getElementById("status-left").textContent), null, { timeout: READY_MS });
const sounds = (page) => page.waitForFunction(() => document.getElementById("playhead") && document.getElementById("clock")?.textContent === "0:01", null, { timeout: 60_000, polling: 20 });

async function firstSound(page) {
  const start = Date.now();
  await page.click("#big, #big-dock");
  await sounds(page);
  return Date.now() - start - 1000; // 0:01 is shown a second after the first note
}

{
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(slow.url);
  console.log(`first sound, nothing cached, 50 Mbit/s: ${await firstSound(page)} ms after the press`);
  await ready(page);
  await page.close();
  const again = await context.newPage();
  await again.goto(slow.url);
  await again.waitForSelector("#big-dock");
  console.log(`first sound, cached: ${await firstSound(again)} ms after the press`);
  await context.close();
}

{
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.url);
  await ready(page);
  await page.click("#big");
  await page.waitForFunction(() => /notes a second/.test(document.getElementById("status-right").textContent), null, { timeout: 60_000 });
  await page.waitForTimeout(15_000);
  console.log(await page.locator("#status-right").textContent());
  await page.context().close();
}

{
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto(site.url);
  await ready(page);
  const notes = Array.from({ length: 4000 }, (_, i) => ({ start: i * 0.011, end: i * 0.011 + 0.2, pitch: 30 + ((i * 7) % 60), velocity: 40 + (i % 60) }));
  await page.setInputFiles("#file", { name: "many.mid", mimeType: "audio/midi", buffer: midiOf(notes) });
  await page.waitForSelector("#big-dock:has-text('Continue from')");
  await page.focus("#roll");
  await page.keyboard.press("Home");
  await page.keyboard.press(" ");
  const times = await page.evaluate(() => new Promise((resolve) => {
    const list = [];
    let last = performance.now();
    const frame = (now) => {
      list.push(now - last);
      last = now;
      if (list.length < 600) requestAnimationFrame(frame);
      else resolve(list.slice(20));
    };
    requestAnimationFrame(frame);
  }));
  times.sort((a, b) => a - b);
  console.log(`frames, 2,000 notes in sight: median ${times[times.length >> 1].toFixed(1)} ms, 95th percentile ${times[Math.floor(times.length * 0.95)].toFixed(1)} ms`);
}

await browser.close();
await site.stop();
await slow.stop();
