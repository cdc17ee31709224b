// The page in a real browser, as a person uses it.
//   node e2e/run.mjs [WORD]        only the tests whose name has WORD
// Pictures of every state are written to e2e/pictures/.

import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { MODEL_FILE } from "../sources.mjs";
import { launch, serve } from "./site.mjs";
import { midiOf, notesOf } from "./midi_reader.mjs";

const PICTURES = fileURLToPath(new URL("pictures/", import.meta.url));
const AXE = readFileSync(fileURLToPath(new URL("../node_modules/axe-core/axe.min.js", import.meta.url)), "utf8");
const READY_MS = 60_000;

mkdirSync(PICTURES, { recursive: true });
const site = await serve();
const browser = await launch();
const tests = [];
const test = (name, run, options = {}) => tests.push({ name, run, options });
const expect = (condition, claim) => {
  if (!condition) throw new Error(`this does not hold: ${claim}`);
};

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

async function open(context, fragment = "", url = site.url) {
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) page.problems.push(`a request elsewhere: ${request.url()}`);
  });
  await page.goto(url + fragment);
  return page;
}
const ready = (page) => page.waitForFunction(() => /Ready/.test(document.getElementById("status-left").textContent), null, { timeout: READY_MS });
const picture = (page, name) => page.screenshot({ path: `${PICTURES}${name}.png` });
const text = (page, id) => page.locator(`#${id}`).textContent();
const seconds = (page) => page.evaluate(() => {
  const [minutes, rest] = document.getElementById("clock").textContent.split(":");
  return Number(minutes) * 60 + Number(rest);
});
/** The notes of the page, from the MIDI file that it saves. */
async function saved(page) {
  await page.click("#save");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("dialog button:has-text('MIDI file')")]);
  return notesOf(new Uint8Array(readFileSync(await file.path())));
}
async function drop(page, name, bytes) {
  await page.setInputFiles("#file", { name, mimeType: "audio/midi", buffer: Buffer.from(bytes) });
}
async function accessible(page, state) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  expect(found.length === 0, `axe finds nothing in "${state}"; it found ${found.join("; ")}`);
}
const scale = Array.from({ length: 24 }, (_, i) => ({ start: i * 0.25, end: i * 0.25 + 0.22, pitch: 60 + [0, 2, 4, 5, 7, 9, 11, 12][i % 8], velocity: 70 }));

test("opens, plays with one action, and the roll fills", async (context) => {
  const page = await open(context);
  await picture(page, "first");
  await accessible(page, "first");
  await ready(page);
  const start = Date.now();
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:01", null, { timeout: 20_000 });
  console.log(`  0:01 of the music ${Date.now() - start} ms after the press`);
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:13", null, { timeout: 40_000 });
  await picture(page, "playing");
  await accessible(page, "playing");
  expect(/^New piece, number \d+$/.test(await text(page, "title")), "the piece has a number");
  const notes = await saved(page);
  expect(notes.some((note) => note.start > 10.5), "pno wrote notes after the ten seconds");
  console.log(`  ${await text(page, "status-right")}`);
});

test("plays before the model is there, and pno joins in", async (context) => {
  const slow = await serve({ throttle: 1_500_000 });
  const page = await open(context, "", slow.url);
  await page.waitForSelector("#big");
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:01", null, { timeout: 20_000 });
  expect(/Fetching pno/.test(await text(page, "status-left")), "the model is still on its way");
  await picture(page, "loading");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:12", null, { timeout: 60_000 });
  expect((await saved(page)).some((note) => note.start > 10.1), "pno wrote after the ten seconds");
  await slow.stop();
});

test("sounds: the output has the notes that the roll has", async (context) => {
  const page = await open(context);
  await ready(page);
  await drop(page, "a4.mid", midiOf([{ start: 0, end: 2, pitch: 69, velocity: 90 }, { start: 3, end: 3.1, pitch: 40, velocity: 20 }]));
  await page.waitForSelector("#big-dock:has-text('Continue from')");
  await page.click("#save");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("dialog button:has-text('WAV file')")]);
  const bytes = readFileSync(await file.path());
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset + 44, 44_100 * 2);
  const left = Array.from({ length: 32_768 }, (_, i) => samples[2 * (i + 4000)] / 32_768);
  const rms = Math.sqrt(left.reduce((sum, x) => sum + x * x, 0) / left.length);
  expect(rms > 0.01, `the sound is louder than 0.01; it is ${rms}`);
  const power = (hertz) => {
    let [re, im] = [0, 0];
    left.forEach((x, i) => {
      re += x * Math.cos((2 * Math.PI * hertz * i) / 44_100);
      im += x * Math.sin((2 * Math.PI * hertz * i) / 44_100);
    });
    return re * re + im * im;
  };
  for (const other of [415.3, 466.2, 392, 493.9]) {
    expect(power(440) > 10 * power(other), `440 Hz is stronger than ${other} Hz`);
  }
  console.log(`  RMS ${rms.toFixed(3)}, 440 Hz ${(10 * Math.log10(power(440) / power(466.2))).toFixed(0)} dB above its neighbour`);
});

test("drops a file, cuts it, continues it, takes it back", async (context) => {
  const page = await open(context);
  await ready(page);
  await drop(page, "my-scale.mid", midiOf(scale));
  await page.waitForSelector("#big-dock:has-text('Continue from 0:06.0')");
  await page.focus("#cut");
  for (let i = 0; i < 10; ++i) await page.keyboard.press("ArrowLeft");
  await page.waitForSelector("#big-dock:has-text('Continue from 0:05.0')");
  await picture(page, "continue");
  await accessible(page, "continue");
  await page.click("#big-dock");
  await page.waitForFunction(() => document.getElementById("clock").textContent === "0:07", null, { timeout: 30_000 });
  const notes = await saved(page);
  const given = notes.filter((note) => note.start < 4.96);
  expect(given.length === 20, `the 20 notes before the cut are there; there are ${given.length}`);
  given.forEach((note, i) => expect(Math.abs(note.start - scale[i].start) < 0.006 && note.pitch === scale[i].pitch, "they are as they were"));
  expect(notes.some((note) => note.start >= 5), "pno wrote after the cut");
  await page.focus("#roll");
  await page.keyboard.press("Control+z");
  const before = await saved(page);
  expect(before.length === 24 && before.every((note, i) => note.pitch === scale[i].pitch), "undo brings the file back");
  await page.focus("#roll");
  await page.keyboard.press("Control+Shift+z");
  expect((await saved(page)).some((note) => note.start > 6.2), "redo brings the continuation back");
});

test("says what is wrong with a file", async (context) => {
  const page = await open(context);
  await ready(page);
  await drop(page, "photo.jpg", Buffer.from("not music"));
  await page.waitForSelector("#note:has-text('photo.jpg is not a MIDI file. pno reads .mid and .midi.')");
  await picture(page, "wrong-file");
  await drop(page, "cut.mid", midiOf(scale).subarray(0, 120));
  await page.waitForSelector("#note:has-text('cut.mid is damaged after 0:0')");
  await drop(page, "empty.mid", midiOf([]));
  await page.waitForSelector("#note:has-text('empty.mid has no notes for a piano.')");
});

test("another model is dropped; a wrong one is refused", async (context) => {
  const page = await open(context);
  await ready(page);
  await page.setInputFiles("#file", { name: "broken.safetensors", mimeType: "", buffer: Buffer.from("not a model") });
  await page.waitForSelector("#note:has-text('broken.safetensors: the model: is not a safetensors file')");
  await page.setInputFiles("#file", { name: "mine.safetensors", mimeType: "", buffer: readFileSync(MODEL_FILE) });
  await page.waitForSelector("#note:has-text('mine.safetensors plays now.')");
  expect((await text(page, "status-right")).startsWith("mine, 4 MB"), "its name is shown");
  await page.click("#big");
  await page.waitForFunction(() => /notes a second/.test(document.getElementById("status-right").textContent), null, { timeout: 30_000 });
});

test("a link gives the same notes", async (context) => {
  const page = await open(context);
  await ready(page);
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:03", null, { timeout: 30_000 });
  // A wish while it plays: what follows is rewritten.
  await page.focus(".dock input[type=range]");
  for (let i = 0; i < 6; ++i) await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:12", null, { timeout: 40_000 });
  await page.click("#play");
  const first = await saved(page);
  await page.click("#share");
  const link = await page.locator("dialog input").inputValue();
  await picture(page, "share");
  await accessible(page, "share");
  expect(/&c=\d+/.test(decodeURIComponent(link)), `the link holds the changed wish: ${link}`);
  const other = await context.browser().newContext({ viewport: DESKTOP, acceptDownloads: true });
  const again = await open(other, new URL(link).hash);
  await ready(again);
  await again.click("#big");
  await again.waitForFunction(() => document.getElementById("clock")?.textContent === "0:12", null, { timeout: 40_000 });
  await again.click("#play");
  const second = await saved(again);
  const compared = (notes) => notes.filter((note) => note.start < 17 && note.end < 18).map((note) => [note.start.toFixed(3), note.end.toFixed(3), note.pitch, note.velocity].join());
  const [a, b] = [compared(first), compared(second)];
  const written = first.filter((note) => note.start > 10.1 && note.start < 17).length;
  expect(written > 5, "pno wrote some of it");
  expect(JSON.stringify(a) === JSON.stringify(b), `both have the same notes; ${a.length} and ${b.length}`);
  console.log(`  ${a.length} notes, ${written} of them by pno, are the same`);
  await other.close();
});

test("the sheet is there again after a reload, also without the network", async (context) => {
  const page = await open(context);
  await page.waitForFunction(() => document.getElementById("status-left").textContent.includes("Ready, works offline"), null, { timeout: READY_MS });
  await drop(page, "my-scale.mid", midiOf(scale));
  await page.waitForSelector("#big-dock:has-text('Continue from')");
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  expect((await text(page, "title")) === "my-scale.mid", "the title is there");
  await page.click("[data-verb=continue]");
  await page.click("#big-dock");
  await page.waitForFunction(() => document.getElementById("clock").textContent === "0:06", null, { timeout: 30_000 });
  await page.focus("#roll");
  await page.keyboard.press("Escape");
  expect((await saved(page)).some((note) => note.start > 6), "pno writes offline");
});

test("works by keyboard alone", async (context) => {
  const page = await open(context);
  await ready(page);
  await page.keyboard.press("Tab");
  expect((await page.evaluate(() => document.activeElement.textContent)) === "To the music", "the first stop is the skip link");
  const seen = [];
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
    if (seen.at(-1) === "big") break;
  }
  expect(seen.at(-1) === "big", `Tab reaches the big button: ${seen.join(", ")}`);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:01", null, { timeout: 30_000 });
  await page.focus("#roll");
  await page.keyboard.press(" ");
  const paused = await seconds(page);
  await page.waitForTimeout(1200);
  expect((await seconds(page)) === paused, "Space pauses");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => /^[A-G]( sharp| flat)? \d, 0:0\d\.\d, (soft|medium|loud), human$/.test(document.getElementById("live").textContent));
  await page.keyboard.press("?");
  expect(await page.locator("dialog").evaluate((dialog) => dialog.open), "? shows the keys");
  await picture(page, "keys");
  await page.keyboard.press("Escape");
  expect(!(await page.locator("dialog").evaluate((dialog) => dialog.open)), "Esc closes them");
});

test("duet: one plays, pno answers, a key interrupts", async (context) => {
  const page = await open(context);
  await ready(page);
  await page.click("[data-verb=duet]");
  await picture(page, "duet-first");
  await page.click("#big");
  for (const key of ["a", "d", "g", "k", "g", "d"]) {
    await page.keyboard.down(key);
    await page.waitForTimeout(180);
    await page.keyboard.up(key);
  }
  await page.waitForSelector("#turn-text:has-text('pno answers')", { timeout: 20_000 });
  await page.waitForTimeout(900);
  await picture(page, "duet");
  await accessible(page, "duet");
  await page.keyboard.down("a");
  await page.waitForSelector("#turn-text:has-text('Your turn')", { timeout: 500 });
  await page.keyboard.up("a");
  await page.click("#big-dock");
  const notes = await saved(page);
  expect(notes.length >= 8, `both played: ${notes.length} notes`);
});

test("duet: a MIDI keyboard plays, and its notes end when it is gone", async (context) => {
  await context.addInitScript(() => {
    const port = { id: "1", name: "FP-30", type: "input", state: "connected", onmidimessage: null };
    const access = { inputs: new Map([["1", port]]), onstatechange: null };
    navigator.requestMIDIAccess = async () => access;
    window.midi = {
      send: (...data) => port.onmidimessage({ data: Uint8Array.from(data) }),
      unplug: () => access.onstatechange({ port: Object.assign(port, { state: "disconnected" }) }),
    };
  });
  const page = await open(context);
  await ready(page);
  await page.click("[data-verb=duet]");
  await page.click("#hero button:has-text('Connect a MIDI keyboard')");
  await page.waitForSelector("#note:has-text('FP-30 is connected.')");
  await page.evaluate(() => midi.send(0x90, 64, 100));
  await page.waitForSelector("#keys [data-pitch='64'].human");
  await page.evaluate(() => midi.unplug());
  await page.waitForSelector("#note:has-text('FP-30 is gone. Its notes were ended.')");
  await page.waitForFunction(() => !document.querySelector("#keys [data-pitch='64']").classList.contains("human"));
});

test("duet: a browser without Web MIDI says so", async (context) => {
  await context.addInitScript(() => delete Navigator.prototype.requestMIDIAccess);
  const page = await open(context);
  await ready(page);
  await page.click("[data-verb=duet]");
  await page.click("#hero button:has-text('Connect a MIDI keyboard')");
  await page.waitForSelector("#note:has-text('This browser cannot reach MIDI keyboards.')");
});

test("wishes, dark theme, picture", async (context) => {
  const page = await open(context);
  await ready(page);
  await drop(page, "my-scale.mid", midiOf(scale));
  await page.waitForSelector("#big-dock:has-text('Continue from')");
  await page.click("#more");
  await picture(page, "wishes");
  await accessible(page, "wishes");
  await page.click("#theme");
  await picture(page, "dark");
  await accessible(page, "dark");
  await page.keyboard.press("Escape");
  await page.click("#save");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("dialog button:has-text('Picture')")]);
  const bytes = readFileSync(await file.path());
  expect(bytes.subarray(1, 4).toString() === "PNG" && bytes.length > 3000, "the picture is a PNG");
  await page.click("#about");
  await accessible(page, "about");
  await picture(page, "about");
});

test("shows what pno listened to", async (context) => {
  const page = await open(context);
  await ready(page);
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:16", null, { timeout: 60_000 });
  await page.click("#play");
  await page.click("#listen");
  expect((await text(page, "side-title")) === "What pno listened to", "the panel opens");
  await page.focus("#roll");
  // From the playhead back to the last note that pno began before it.
  await page.keyboard.press("ArrowUp");
  await page.waitForSelector("#side .heed", { timeout: 20_000 });
  const read = () => page.evaluate(() => ({
    rows: [...document.querySelectorAll("#side .heed")].map((row) => row.textContent),
    shares: [...document.querySelectorAll("#side .heed span:last-child")].map((share) => parseInt(share.textContent, 10)),
  }));
  const all = await read();
  expect(all.rows.length === 5, `five notes are listed: ${all.rows}`);
  expect(all.shares.every((share, i) => i === 0 || share <= all.shares[i - 1]), `the greatest share comes first: ${all.shares}`);
  expect(all.shares[0] > 0 && all.shares.reduce((a, b) => a + b) <= 100, "shares are parts of one whole");
  await page.waitForFunction(() => /^pno listened most to [A-G]( sharp| flat)? \d, 0:\d\d\.\d, \d+ %$/.test(document.getElementById("live").textContent));
  await picture(page, "listening");
  await accessible(page, "listening");
  const listed = await page.locator(".heeded").textContent();
  await page.selectOption("#side select", "1 1");
  await page.waitForFunction((before) => document.querySelector(".heeded").textContent !== before, listed, { timeout: 20_000 });
  await page.click("#theme");
  await picture(page, "listening-dark");
  await accessible(page, "listening, dark");
  // A note of the pianist shows none.
  await page.focus("#roll");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("#side p:has-text('A person played this note.')");
  await page.keyboard.press("Escape");
  expect(await page.locator("#side").isHidden(), "Esc closes the panel");
});

test("390 pixels wide", async (context) => {
  const page = await open(context);
  await picture(page, "phone-first");
  await accessible(page, "phone, first");
  await ready(page).catch(() => {});
  await page.click("#big");
  await page.waitForFunction(() => document.getElementById("clock")?.textContent === "0:12", null, { timeout: 60_000 });
  await picture(page, "phone");
  await accessible(page, "phone");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(!wide, "nothing is wider than the screen");
  await page.click("[data-verb=duet]");
  await page.click("#big, #big-dock >> visible=true");
  await picture(page, "phone-duet");
}, { viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });

test("200 % zoom and 320 pixels: nothing is cut off", async (context) => {
  const page = await open(context);
  await ready(page);
  await drop(page, "my-scale.mid", midiOf(scale));
  for (const [width, height] of [[640, 400], [320, 640], [844, 390]]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    await picture(page, `size-${width}`);
    const { wide, roll } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, roll: document.getElementById("roll").getBoundingClientRect().height }));
    expect(wide <= width, `nothing is wider than ${width} pixels; the page is ${wide}`);
    expect(roll > 60, `the roll is in sight at ${width} x ${height}: ${roll} pixels`);
    expect(await page.locator("#big-dock").isVisible(), "the big button is in sight");
  }
}, { reducedMotion: "reduce" });

const only = process.argv[2];
let failed = 0;
let passed = 0;
for (const { name, run, options } of tests) {
  if (only && !name.includes(only)) continue;
  console.log(name);
  const context = await browser.newContext({ viewport: DESKTOP, acceptDownloads: true, ...options });
  try {
    await run(context);
    const problems = context.pages().flatMap((page) => page.problems ?? []);
    expect(problems.length === 0, `there are no errors in the page: ${problems.join("; ")}`);
    ++passed;
  } catch (error) {
    ++failed;
    const [page] = context.pages();
    if (page) await picture(page, `failed-${name.replaceAll(/\W+/g, "-")}`).catch(() => {});
    console.error(`  FAILED: ${error.message}`);
  }
  await context.close();
}
await browser.close();
await site.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
