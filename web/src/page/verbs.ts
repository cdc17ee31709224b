// The verbs: what pno should do. Those that the model cannot do are not shown.

import { $, drawing, make } from "./dom";
import { icon } from "./icons";

export type Verb = "new" | "continue" | "fill" | "accompany" | "duet";

export const VERBS: { name: Verb; label: string }[] = [
  { name: "new", label: "New" },
  { name: "continue", label: "Continue" },
  { name: "fill", label: "Fill in" },
  { name: "accompany", label: "Accompany" },
  { name: "duet", label: "Duet" },
];

export function showVerbs(verbs: typeof VERBS, chosen: Verb, choose: (verb: Verb) => void): void {
  const box = $("verbs");
  const names = verbs.map(({ name }) => name).join();
  if (box.dataset.shown !== names) {
    box.dataset.shown = names;
    box.replaceChildren(...verbs.map(({ name, label }) =>
      make("button", { role: "radio", "data-verb": name, click: () => choose(name) }, drawing(icon(name)), make("span", {}, label))));
  }
  for (const button of box.querySelectorAll<HTMLElement>("button")) {
    const isChosen = button.dataset.verb === chosen;
    button.setAttribute("aria-checked", String(isChosen));
    button.tabIndex = isChosen ? 0 : -1;
  }
}

/** The arrow keys choose the next verb. */
export function listenToVerbs(chosen: () => Verb, choose: (verb: Verb) => void): void {
  const box = $("verbs");
  box.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const names = [...box.querySelectorAll<HTMLElement>("button")].map((button) => button.dataset.verb as Verb);
    choose(names[(names.indexOf(chosen()) + step + names.length) % names.length]!);
    box.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
  });
}
