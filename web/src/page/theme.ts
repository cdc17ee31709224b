// Light and dark: as the system has it, until it is chosen here.

import { $ } from "./dom";
import { keepTheme, keptTheme, type Theme } from "./store";

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  $("theme").setAttribute("aria-pressed", String(theme === "dark"));
}

export function startTheme(): void {
  apply(keptTheme() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
}

export function changeTheme(): void {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  apply(theme);
  keepTheme(theme);
}
