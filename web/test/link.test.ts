import { describe, expect, it } from "vitest";

import type { Recipe } from "../src/music/recipe";
import { fragmentOf, LinkError, MOST_GIVEN_NOTES, onGrid, parseFragment } from "../src/share/link";

const recipe: Recipe = {
  number: 40817, begin: "pianist", given: [], from: 10, seconds: 0, model: "0123456789abcdef",
  wishes: { density: 6, key: "C#m" },
  changes: [{ event: 312, wishes: { density: 8.5, boldness: -0.25 } }, { event: 500, wishes: {} }],
};

const notes = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ start: i * 0.137, end: i * 0.137 + 0.5, pitch: 21 + (i % 88), velocity: 1 + (i % 127) }));

describe("a link", () => {
  it("holds the whole recipe", () => {
    expect(parseFragment(fragmentOf(recipe)!)).toEqual(recipe);
  });

  it("holds notes on the grid of the model, to the same floating-point values", () => {
    const given = onGrid(notes(MOST_GIVEN_NOTES));
    const own: Recipe = { ...recipe, begin: "notes", given };
    expect(parseFragment(fragmentOf(own)!)!.given).toEqual(given);
  });

  it("is refused for more notes than fit", () => {
    expect(fragmentOf({ ...recipe, begin: "notes", given: notes(MOST_GIVEN_NOTES + 1) })).toBeNull();
  });

  it("that was cut anywhere is an error or the piece without its end", () => {
    const whole = fragmentOf({ ...recipe, begin: "notes", given: onGrid(notes(20)) })!;
    for (let length = 5; length < whole.length - 17; ++length) {
      expect(() => parseFragment(whole.slice(0, length)), whole.slice(0, length)).toThrow(LinkError);
    }
  });

  it("with wrong values is an error", () => {
    for (const [good, bad] of [["n=40817", "n=0"], ["n=40817", "n=1.5"], ["b=pianist", "b=cat"], ["f=10", "f=-1"], ["d6", "dx"], ["d6", "z6"], ["312", "-1"]]) {
      const broken = fragmentOf(recipe)!.replace(good!, bad!);
      expect(broken).not.toBe(fragmentOf(recipe));
      expect(() => parseFragment(broken), broken).toThrow(LinkError);
    }
  });

  it("is not seen in other fragments", () => {
    expect(parseFragment("")).toBeNull();
    expect(parseFragment("#roll")).toBeNull();
  });
});
