// The sheet without music: the first visit, and the start of each verb.

import type { Recipe } from "../music/recipe";
import { drawing, make } from "./dom";
import { PLAY } from "./icons";
import type { Verb } from "./verbs";

export interface HeroActions {
  openFile(): void;
  schubert(): void;
  duet(): void;
  connect(): void;
  start(): void;
  playLink(recipe: Recipe): void;
}

const SOUND = "Turn your sound on. Nothing leaves this device.";

export function heroParts(verb: Verb, fromLink: Recipe | null, actions: HeroActions): Node[] {
  const button = (text: string, run: () => void): HTMLElement => make("button", { class: "b line", click: run }, text);
  const big = (text: string, run: () => void): HTMLElement => make("button", { class: "b act medium", id: "big", click: run }, text);
  const play = (text: string, run: () => void): HTMLElement =>
    make("button", { class: "b act", id: "big", click: run }, drawing(PLAY), make("span", {}, text));
  if (verb === "continue") {
    return [
      make("h2", { class: "small" }, "What should pno continue?"),
      make("p", {}, "Drop a MIDI file anywhere on this page, or start from ten seconds of a pianist."),
      big("Open a MIDI file", actions.openFile),
      make("div", { class: "row near" }, button("Use ten seconds of Schubert", actions.schubert), button("Play it in myself", actions.duet)),
    ];
  }
  if (verb === "duet") {
    return [
      make("h2", { class: "small" }, "You play, pno answers"),
      make("p", {}, "Play on the keys below, on your computer keys, or on a MIDI keyboard. When you pause, pno answers."),
      big("Start the duet", actions.duet),
      make("div", { class: "row near" }, button("Connect a MIDI keyboard", actions.connect)),
    ];
  }
  if (fromLink) {
    return [
      make("h2", { class: "small" }, `Piece number ${fromLink.number}`),
      make("p", {}, "This piece came with a link. pno plays it again, note for note."),
      play("Play it", () => actions.playLink(fromLink)),
      make("small", {}, SOUND),
    ];
  }
  return [
    make("h2", {}, "A piano that makes it up as it goes."),
    make("p", {}, "pno learned from recordings of pianists. It plays new music here in this tab, and you can steer it or play along."),
    play("Play me something", actions.start),
    make("small", {}, SOUND),
    make("div", { class: "row" }, button("Open a MIDI file", actions.openFile), button("Play a duet", actions.duet)),
  ];
}
