import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Engine, WriteRequest, WrittenNote } from "../src/engine/engine";
import { ServerEngine, serverSentEvents } from "../src/engine/server_engine";

const bytesOf = (...parts: string[]): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
};
const model = { name: "m", context: 1024, licence: "", pieces: "1", hours: "1", options: ["density"], infill: false, accompany: false, attention: false };
const json = (value: unknown): Response => new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json" } });
const stream = (from: number): Response =>
  new Response(bytesOf(
    ": pno is here\n\n",
    `event: notes\ndata: {"notes": [[0, ${from}, null, 60, 80]], "until": ${from + 10}}\n\n`,
    `event: notes\ndata: {"notes": [[0, ${from}, ${from + 12}, 60, 80]], "until": ${from + 20}}\n\nevent: end\ndata: {}\n\n`));
const request: WriteRequest = { given: [{ start: 0, end: 1, pitch: 50, velocity: 64 }], from: 2, until: 25, seed: 5, options: {}, changes: [] };

beforeEach(() => vi.stubGlobal("document", { querySelector: () => ({}) }));
afterEach(() => vi.unstubAllGlobals());

describe("server-sent events", () => {
  it("are read however they are cut", async () => {
    const text = ": pno\n\nevent: notes\ndata: {\"a\": 1}\n\nevent: end\ndata: {}\n\n";
    for (let cut = 0; cut <= text.length; ++cut) {
      const events = [];
      for await (const event of serverSentEvents(bytesOf(text.slice(0, cut), text.slice(cut)))) events.push(event);
      expect(events).toEqual([{ event: "notes", data: '{"a": 1}' }, { event: "end", data: "{}" }]);
    }
  });
});

describe("the engine of pno serve", () => {
  it("is not found on a page from elsewhere", async () => {
    vi.stubGlobal("document", { querySelector: () => null });
    vi.stubGlobal("fetch", async () => json([model]));
    expect(await ServerEngine.find({} as Engine, () => {})).toBeNull();
    vi.stubGlobal("document", { querySelector: () => ({}) });
    for (const answer of [new Response("<html>", { headers: { "Content-Type": "text/html" } }), new Response("", { status: 404 })]) {
      vi.stubGlobal("fetch", async () => answer);
      expect(await ServerEngine.find({} as Engine, () => {})).toBeNull();
    }
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("offline")));
    expect(await ServerEngine.find({} as Engine, () => {})).toBeNull();
  });

  it("asks for parts until it is far enough, each with the music so far", async () => {
    const bodies: { notes: number[][]; from: number; seed: number }[] = [];
    vi.stubGlobal("fetch", async (_url: string, options?: { body: string }) => {
      if (!options) return json([model]);
      bodies.push(JSON.parse(options.body));
      return stream(bodies.at(-1)!.from);
    });
    const engine = (await ServerEngine.find({} as Engine, () => {}))!;
    const notes = new Map<number, WrittenNote>();
    const written = await new Promise<number>((resolve) => {
      engine.write(request, {
        notes: (list, until) => {
          for (const note of list) notes.set(note.id, note);
          if (until >= 42) resolve(until);
        },
        takenBack: () => {}, speed: () => {}, failed: () => {},
      });
    });
    expect(written).toBe(42);
    expect(bodies.map(({ from, seed }) => [from, seed])).toEqual([[2, 5], [22, 6]]);
    expect(bodies[1]!.notes).toEqual([[0, 1, 50, 64], [2, 14, 60, 80]]);
    expect([...notes.values()].map(({ id, start, end }) => [id, start, end])).toEqual([[0, 2, 14], [1, 22, 34]]);
  });

  it("continues in the tab if the server is gone or busy", async () => {
    for (const [answer, sentence] of [[() => Promise.reject(new TypeError("gone")), "does not answer"], [async () => new Response("", { status: 429 }), "is busy"]] as const) {
      vi.stubGlobal("fetch", async (_url: string, options?: object) => (options ? answer() : json([model])));
      const told: string[] = [];
      const local = await new Promise<WriteRequest>((resolve) => {
        const tab = { write: (asked: WriteRequest) => { resolve(asked); return { extend() {}, rewrite() {}, stop() {} }; } } as unknown as Engine;
        void ServerEngine.find(tab, (text) => told.push(text)).then((engine) =>
          engine!.write(request, { notes: () => {}, takenBack: () => {}, speed: () => {}, failed: () => {} }));
      });
      expect(local.from).toBe(2);
      expect(local.given).toEqual(request.given);
      expect(told.join()).toContain(sentence);
    }
  });
});
