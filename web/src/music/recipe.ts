// How pno wrote a piece: with the same model, a recipe gives the same notes. It is what a link holds.

/** The wishes of the listener; undefined: as pno likes. */
export interface Wishes {
  density?: number; // notes a second
  loudness?: number; // mean velocity
  polyphony?: number; // notes at once
  key?: string; // C#m
  /** -1 safe … 1 bold; 0 is usual. */
  boldness?: number;
}

/** Wishes that changed before event `event` of those that pno wrote. */
export interface Change {
  event: number;
  wishes: Wishes;
}

export interface GivenNote {
  start: number;
  end: number;
  pitch: number;
  velocity: number;
}

export interface Recipe {
  number: number; // of the piece: 1 … 999,999,999
  begin: "pianist" | "nothing" | "notes";
  given: GivenNote[]; // if `begin` is notes
  from: number; // seconds, where pno begins
  wishes: Wishes;
  changes: Change[];
  seconds: number; // length of what pno writes; 0: until stopped
  model: string; // hash of the model file
}

/** The seed of the events from `event` on. */
export function seedOf(number: number, event: number): number {
  return event === 0 ? number : (Math.imul(number, 2654435761) ^ Math.imul(event + 1, 40503)) >>> 0;
}

/** A session's options for wishes, of those that the engine knows. */
export function optionsOf(wishes: Wishes, known: ReadonlySet<string>): Record<string, string | number> {
  const boldness = wishes.boldness ?? 0;
  const options: Record<string, string | number> = {
    temperature: Number((1 + 0.15 * boldness).toFixed(3)),
    top_p: Number((boldness < 0 ? 0.97 + 0.07 * boldness : 0.97 + 0.03 * boldness).toFixed(3)),
    density: wishes.density ?? 0,
    key: wishes.key ?? "",
    repetition_penalty: 0.5,
  };
  if (wishes.loudness !== undefined) options.loudness = wishes.loudness;
  if (wishes.polyphony !== undefined) options.polyphony = wishes.polyphony;
  return Object.fromEntries(Object.entries(options).filter(([name]) => known.has(name)));
}
