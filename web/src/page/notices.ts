// Notices at the bottom left of the roll, one at a time, and the words for screen readers.

import { $, drawing, make } from "./dom";
import { icon } from "./icons";

const SHOWN_MS = 6000;
let timer = 0;

/** Says something to screen readers. */
export function announce(text: string): void {
  $("live").textContent = "";
  setTimeout(() => ($("live").textContent = text), 30);
}

export function closeNotice(): void {
  clearTimeout(timer);
  $("note").hidden = true;
}

export function notice(text: string, options: { isError?: boolean; action?: { label: string; run: () => void } } = {}): void {
  const box = $("note");
  clearTimeout(timer);
  const children: Node[] = [make("span", {}, text)];
  if (options.action) {
    const { label, run } = options.action;
    children.push(make("button", { class: "b line", click: () => { closeNotice(); run(); } }, label));
  }
  children.push(make("button", { class: "b icon", "aria-label": "Close this message", click: closeNotice }, drawing(icon("close"))));
  box.replaceChildren(...children);
  box.classList.toggle("bad", options.isError === true);
  box.hidden = false;
  announce(text);
  if (options.isError || options.action) return;
  const hideLater = (): void => {
    timer = window.setTimeout(() => (box.matches(":hover, :focus-within") ? hideLater() : closeNotice()), SHOWN_MS);
  };
  hideLater();
}
