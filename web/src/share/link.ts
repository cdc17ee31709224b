// A recipe as the fragment of a link, which browsers do not send to a server:
//   #n=40817&b=pianist&f=10&w=d6,k-Am&c=312:d8&m=0123456789abcdef
// Given notes are packed in five bytes each: start and length in 10 ms, pitch, velocity.

import type { Change, GivenNote, Recipe, Wishes } from "../music/recipe";

export const MOST_GIVEN_NOTES = 300;
const TICK = 0.01; // seconds
const NOTE_BYTES = 6; // start since the last note, 2; length, 2; pitch; velocity

export class LinkError extends Error {}

const LETTERS = { density: "d", loudness: "l", polyphony: "p", boldness: "s" } as const;

function wishesText(wishes: Wishes): string {
  const parts = Object.entries(LETTERS).flatMap(([name, letter]) => {
    const value = wishes[name as keyof typeof LETTERS];
    return value === undefined ? [] : [`${letter}${Number(value.toFixed(2))}`];
  });
  if (wishes.key) parts.push(`k-${wishes.key}`);
  return parts.join(",");
}

function parseWishes(text: string): Wishes {
  const wishes: Wishes = {};
  for (const part of text.split(",").filter(Boolean)) {
    if (part.startsWith("k-")) {
      if (!/^[A-G][#b]?m?$/.test(part.slice(2))) throw new LinkError("a key is wrong");
      wishes.key = part.slice(2);
      continue;
    }
    const name = Object.entries(LETTERS).find(([, letter]) => part.startsWith(letter))?.[0];
    const value = Number(part.slice(1));
    if (!name || part.length < 2 || !Number.isFinite(value) || Math.abs(value) > 1000) throw new LinkError("a wish is wrong");
    wishes[name as keyof typeof LETTERS] = value;
  }
  return wishes;
}

function pack(notes: GivenNote[]): string {
  const bytes = new Uint8Array(notes.length * NOTE_BYTES);
  const view = new DataView(bytes.buffer);
  let last = 0;
  for (const [i, note] of notes.entries()) {
    const start = Math.round(note.start / TICK);
    view.setUint16(i * NOTE_BYTES, Math.min(start - last, 0xffff));
    view.setUint16(i * NOTE_BYTES + 2, Math.min(Math.max(1, Math.round((note.end - note.start) / TICK)), 0xffff));
    view.setUint8(i * NOTE_BYTES + 4, note.pitch);
    view.setUint8(i * NOTE_BYTES + 5, note.velocity);
    last = start;
  }
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function unpack(text: string): GivenNote[] {
  let binary: string;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw new LinkError("the notes are wrong");
  }
  if (binary.length % NOTE_BYTES !== 0 || binary.length > MOST_GIVEN_NOTES * NOTE_BYTES) throw new LinkError("the notes are cut");
  const view = new DataView(Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer);
  let time = 0;
  return Array.from({ length: binary.length / NOTE_BYTES }, (_, i) => {
    time += view.getUint16(i * NOTE_BYTES);
    const note = {
      start: time * TICK,
      end: (time + view.getUint16(i * NOTE_BYTES + 2)) * TICK,
      pitch: view.getUint8(i * NOTE_BYTES + 4),
      velocity: view.getUint8(i * NOTE_BYTES + 5),
    };
    if (note.pitch > 127 || note.velocity < 1 || note.velocity > 127) throw new LinkError("a note is wrong");
    return note;
  });
}

/** The same times that a link gives, so that the sender hears what others will. */
export function onGrid(notes: GivenNote[]): GivenNote[] {
  const grid = (time: number): number => Math.round(time / TICK) * TICK;
  return notes.map((note) => {
    const start = grid(note.start);
    return { ...note, start, end: Math.max(start + TICK, grid(note.end)) };
  });
}

/** Null if its notes do not fit. */
export function fragmentOf(recipe: Recipe): string | null {
  if (recipe.begin === "notes" && recipe.given.length > MOST_GIVEN_NOTES) return null;
  const fields = new URLSearchParams({ n: String(recipe.number), b: recipe.begin, f: String(Number(recipe.from.toFixed(2))) });
  const wishes = wishesText(recipe.wishes);
  if (wishes) fields.set("w", wishes);
  if (recipe.changes.length > 0) fields.set("c", recipe.changes.map((c) => `${c.event}:${wishesText(c.wishes)}`).join(";"));
  if (recipe.seconds > 0) fields.set("s", String(recipe.seconds));
  if (recipe.begin === "notes") fields.set("g", pack(recipe.given));
  fields.set("m", recipe.model);
  return `#${fields.toString()}`;
}

/** Null if the fragment is not a piece. Throws a LinkError if it is incomplete. */
export function parseFragment(fragment: string): Recipe | null {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!fields.has("n")) return null;
  const number = Number(fields.get("n"));
  const begin = fields.get("b");
  const from = Number(fields.get("f"));
  const seconds = Number(fields.get("s") ?? 0);
  if (!Number.isInteger(number) || number < 1 || number > 999_999_999) throw new LinkError("the number is wrong");
  if (begin !== "pianist" && begin !== "nothing" && begin !== "notes") throw new LinkError("the beginning is wrong");
  if (!(from >= 0 && from < 86_400) || !(seconds >= 0 && seconds <= 3600)) throw new LinkError("a time is wrong");
  if (!fields.has("m") || (begin === "notes" && !fields.has("g"))) throw new LinkError("the end is missing");
  let last = 0;
  const changes = (fields.get("c") ?? "").split(";").filter(Boolean).map((part): Change => {
    const [event, wishes] = part.split(":");
    const index = Number(event);
    if (!Number.isInteger(index) || index < last || wishes === undefined) throw new LinkError("a change is wrong");
    last = index;
    return { event: index, wishes: parseWishes(wishes) };
  });
  return {
    number, begin, from, seconds, changes,
    given: begin === "notes" ? unpack(fields.get("g")!) : [],
    wishes: parseWishes(fields.get("w") ?? ""),
    model: fields.get("m")!,
  };
}
