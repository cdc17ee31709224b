// Colours of the roll in both themes: the louder a note, the further from the paper.

import type { Player } from "../music/note";

export interface Palette {
  paper: string;
  ink: string;
  ink2: string;
  row: string;
  octave: string;
  time: string;
  blackKey: string;
  act: string; // of pno's own actions
  tint: number; // of a note to come
  fill: Record<Player, string[]>;
  edge: Record<Player, string[]>;
}

export const LIGHT: Palette = {
  paper: "#fdfcf9", ink: "#2b2833", ink2: "#5f5a69", row: "#f5f3ee", octave: "#d8d4cb", time: "#ece9e2", blackKey: "#3a3643", act: "#6d2a70",
  tint: 0.2,
  fill: {
    pno: ["#f3b184", "#ee9277", "#dc6a72", "#b0447a", "#732a74", "#36124f"],
    human: ["#a5d6ce", "#74bab1", "#479c94", "#277c77", "#125a5b", "#07383c"],
  },
  edge: {
    pno: ["#c96f41", "#c45a55", "#b5475c", "#8c3365", "#591d5f", "#2a0c40"],
    human: ["#3f958d", "#36877f", "#2b756f", "#1b605e", "#0d4548", "#052c30"],
  },
};

const DARK_FILL = {
  pno: ["#a8589f", "#c25d8c", "#dd6f79", "#ee8a6b", "#f8b27d", "#ffdcae"],
  human: ["#3a8c86", "#4aa49b", "#63bdb1", "#8ddccf", "#b4ece0", "#d8f9f1"],
};

export const DARK: Palette = {
  paper: "#1f1b24", ink: "#f1edf3", ink2: "#b5adbf", row: "#241f2a", octave: "#423b4c", time: "#2b2632", blackKey: "#4b4455", act: "#f6b98d",
  tint: 0.16,
  fill: DARK_FILL,
  edge: DARK_FILL,
};

const SOFT = 22; // velocities that span the ramp
const LOUD = 88;

function mix(a: string, b: string, part: number): string {
  const channel = (hex: string, i: number): number => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(channel(a, i) * (1 - part) + channel(b, i) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

const known = new Map<string[], string[]>();

/** The colour of a velocity on a ramp. */
export function touch(ramp: string[], velocity: number): string {
  let colours = known.get(ramp);
  if (!colours) {
    colours = Array.from({ length: 128 }, (_, v) => {
      const at = Math.min(1, Math.max(0, (v - SOFT) / (LOUD - SOFT))) * (ramp.length - 1);
      const below = Math.min(ramp.length - 2, Math.floor(at));
      return mix(ramp[below]!, ramp[below + 1]!, at - below);
    });
    known.set(ramp, colours);
  }
  return colours[velocity]!;
}
