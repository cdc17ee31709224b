// The sheet and the theme, which the browser keeps between visits.

import type { Note } from "../music/note";
import type { Sheet } from "../music/sheet";

const SHEET = "pno.sheet";
const THEME = "pno.theme";

type Row = [start: number, keyEnd: number, end: number, pitch: number, velocity: number, byPno: 0 | 1];

const ms = (seconds: number): number => Math.round(seconds * 1000);

export function keepSheet(sheet: Sheet): void {
  const finite = sheet.notes.filter((note) => Number.isFinite(note.end));
  const rows = finite.map((n): Row => [ms(n.start), ms(n.keyEnd), ms(n.end), n.pitch, n.velocity, n.by === "pno" ? 1 : 0]);
  const stretches = sheet.stretches.map((s) => ({ ...s, to: Number.isFinite(s.to) ? s.to : null }));
  try {
    if (rows.length === 0) localStorage.removeItem(SHEET);
    else localStorage.setItem(SHEET, JSON.stringify({ ...sheet, notes: rows, stretches }));
  } catch {
    // Too large or not allowed: the sheet is then gone after a reload.
  }
}

export function keptSheet(): Sheet | null {
  try {
    const kept = JSON.parse(localStorage.getItem(SHEET) ?? "null") as (Omit<Sheet, "notes"> & { notes: Row[] }) | null;
    if (!kept) return null;
    const notes = kept.notes.map(([start, keyEnd, end, pitch, velocity, byPno]): Note => ({
      start: start / 1000, keyEnd: keyEnd / 1000, end: end / 1000, pitch, velocity, by: byPno ? "pno" : "human",
    }));
    return { ...kept, notes, stretches: kept.stretches.map((s) => ({ ...s, to: s.to ?? Infinity })) };
  } catch {
    return null;
  }
}

export type Theme = "light" | "dark";
export function keptTheme(): Theme | null {
  try {
    const theme = localStorage.getItem(THEME);
    return theme === "light" || theme === "dark" ? theme : null;
  } catch {
    return null;
  }
}
export function keepTheme(theme: Theme): void {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // It is forgotten after this visit.
  }
}
