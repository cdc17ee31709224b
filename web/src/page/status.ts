// The line at the bottom, and About: the model, where it runs, how fast.

import type { Engine } from "../engine/engine";
import type { Note } from "../music/note";
import { showAbout } from "./dialogs";
import { $, make } from "./dom";

const megabytes = (bytes: number, digits: number): string => `${(bytes / 1e6).toFixed(digits)} MB`;

/** `speed` in notes a second; 0: not measured yet. */
export function showStatus(text: string, engine: Engine | null, speed: number): void {
  $("status-left").replaceChildren(...(engine ? [make("span", { class: "dot" })] : []), text);
  const fast = speed > 0 ? `, up to ${Math.round(speed)} notes a second` : "";
  const where = engine?.where === "server" ? "plays through pno on this computer" : "plays in this tab";
  const size = engine?.model.bytes ? `, ${megabytes(engine.model.bytes, 0)}` : "";
  $("status-right").textContent = `${engine ? `${engine.model.name}${size} · ` : ""}${where}${fast}`;
  $("licence").textContent = /NonCommercial-ShareAlike 4/.test(engine?.model.licence ?? "") ? "Music: CC BY-NC-SA 4.0" : "";
}

export function about(engine: Engine | null, speed: number, notes: readonly Note[], actions: { chooseModel(): void; chooseServed(id: string): void; changeTheme(): void }): void {
  const model = engine?.model;
  showAbout({
    model: model?.name ?? "not there yet",
    bytes: model?.bytes ? megabytes(model.bytes, 1) : "of this computer",
    trainedOn: model?.trainedOn ?? "",
    licence: model?.licence ?? "",
    where: engine?.where === "server" ? "in pno serve" : "in this tab, on one core",
    speed: speed > 0 ? `${Math.round(speed)} notes a second` : "not measured yet",
    notes,
    served: engine?.served ?? [],
    isDark: document.documentElement.dataset.theme === "dark",
    ...actions,
  });
}
