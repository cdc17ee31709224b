// Wishes: sliders that say "any" until they are touched, and lists.

import type { Wishes } from "../music/recipe";
import { drawing, make } from "./dom";
import { icon } from "./icons";

export interface SliderSpec {
  name: "density" | "loudness" | "polyphony" | "boldness";
  low: string;
  high: string;
  min: number;
  max: number;
  step: number;
  say(value: number): string;
}

export const DENSITY: SliderSpec = {
  name: "density", low: "Calm", high: "Busy", min: 1, max: 16, step: 0.5,
  say: (value) => `${value} ${value === 1 ? "note" : "notes"}/s`,
};
export const LOUDNESS: SliderSpec = { name: "loudness", low: "Soft", high: "Loud", min: 24, max: 104, step: 4, say: (value) => `${value}` };
export const POLYPHONY: SliderSpec = { name: "polyphony", low: "Thin", high: "Full", min: 1, max: 10, step: 0.5, say: (value) => `${value} at once` };
export const BOLDNESS: SliderSpec = {
  name: "boldness", low: "Safe", high: "Bold", min: -1, max: 1, step: 0.25,
  say: (value) => (value === 0 ? "usual" : value < 0 ? (value < -0.5 ? "safest" : "safer") : value > 0.5 ? "boldest" : "bolder"),
};

export const KEYS = ["C", "Cm", "C#m", "Db", "D", "Dm", "Eb", "Ebm", "E", "Em", "F", "Fm", "F#", "F#m", "G", "Gm", "G#m", "Ab", "A", "Am", "Bb", "Bbm", "B", "Bm"];
export const keyText = (key: string): string =>
  `${key.replace("m", "").replace("#", "♯").replace("b", "♭")} ${key.endsWith("m") ? "minor" : "major"}`;

const UNTOUCHED = "any";

export function slider(spec: SliderSpec, wishes: Wishes, changed: () => void): HTMLElement {
  const says = make("b", { class: "num" });
  const input = make("input", {
    type: "range", min: String(spec.min), max: String(spec.max), step: String(spec.step), "aria-label": `${spec.low} to ${spec.high}`,
  });
  const show = (): void => {
    const value = wishes[spec.name];
    input.value = String(value ?? (spec.name === "boldness" ? 0 : spec.name === "density" ? 6 : (spec.min + spec.max) / 2));
    input.classList.toggle("any", value === undefined);
    input.style.setProperty("--p", `${((Number(input.value) - spec.min) / (spec.max - spec.min)) * 100}%`);
    says.textContent = value === undefined ? UNTOUCHED : spec.say(value);
    says.classList.toggle("any", value === undefined);
    input.setAttribute("aria-valuetext", value === undefined ? "any, as pno likes" : spec.say(value));
  };
  const giveBack = (): void => {
    if (wishes[spec.name] === undefined) return;
    delete wishes[spec.name];
    show();
    changed();
  };
  input.addEventListener("input", () => {
    wishes[spec.name] = Number(input.value);
    show();
    changed();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") giveBack();
  });
  input.addEventListener("dblclick", giveBack);
  show();
  return make("div", { class: "wish" }, make("div", { class: "lab", "aria-hidden": "true" }, make("span", {}, spec.low), says, make("span", {}, spec.high)), input);
}

let ids = 0;
export function pick(label: string, options: [value: string, text: string][], value: string, changed: (value: string) => void): HTMLElement {
  const id = `pick-${++ids}`;
  const select = make("select", { id, change: () => changed(select.value) },
    ...options.map(([option, text]) => make("option", { value: option }, text)));
  select.value = value;
  return make("div", { class: "pick" }, make("label", { for: id }, label), select);
}

export interface PanelSettings {
  wishes: Wishes;
  begin: "pianist" | "nothing";
  seconds: number;
  number: number;
}

export interface PanelActions {
  wished(): void;
  begin(value: "pianist" | "nothing"): void;
  seconds(value: number): void;
  number(value: number): void;
  putBack(): void;
  close(): void;
}

/** The side panel; `known` are the options of the engine. */
export function wishesPanel(settings: PanelSettings, known: ReadonlySet<string>, withVisible: boolean, actions: PanelActions): Node[] {
  const close = make("button", { class: "b icon", "aria-label": "Close wishes", click: actions.close }, drawing(icon("close")));
  const parts: Node[] = [make("header", {}, make("h2", { id: "side-title" }, withVisible ? "Wishes" : "More wishes"), close)];
  const { wishes } = settings;
  if (withVisible) {
    if (known.has("density")) parts.push(slider(DENSITY, wishes, actions.wished));
    if (known.has("loudness")) parts.push(slider(LOUDNESS, wishes, actions.wished));
  }
  if (known.has("key")) {
    parts.push(pick("Key", [["", "As pno likes"], ...KEYS.map((key): [string, string] => [key, keyText(key)])], wishes.key ?? "", (key) => {
      if (key) wishes.key = key;
      else delete wishes.key;
      actions.wished();
    }));
  }
  if (known.has("polyphony")) parts.push(slider(POLYPHONY, wishes, actions.wished));
  parts.push(slider(BOLDNESS, wishes, actions.wished));
  parts.push(pick("Begin with", [["pianist", "Ten seconds of a pianist"], ["nothing", "Nothing"]], settings.begin, (value) => actions.begin(value as "pianist" | "nothing")));
  parts.push(pick("Length", [["0", "Until I stop"], ["30", "30 seconds"], ["60", "1 minute"], ["120", "2 minutes"], ["300", "5 minutes"]], String(settings.seconds), (value) => actions.seconds(Number(value))));
  const field = make("input", { class: "field num", id: "number", type: "text", inputmode: "numeric", size: "9" });
  field.value = String(settings.number);
  field.addEventListener("change", () => {
    const value = Math.floor(Number(field.value));
    if (value >= 1 && value <= 999_999_999) actions.number(value);
    field.value = String(settings.number);
  });
  parts.push(make("div", { class: "pair" },
    make("div", { class: "pick" }, make("label", { for: "number" }, "Number of the piece"), field),
    make("button", { class: "b line", click: () => { actions.number(1 + Math.floor(Math.random() * 99_999)); field.value = String(settings.number); } }, "New number")));
  parts.push(make("p", {}, "The same number and the same wishes give the same music again. A link holds both."));
  parts.push(make("button", { class: "b line", click: actions.putBack }, "Put all back"));
  return parts;
}
