// Icons of 20 pixels, as strokes.

const PATHS = {
  new: "M9 18V5l11-2v13M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm11-2a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  continue: "M4 4v16M9 12h11m-5-5 5 5-5 5",
  fill: "M8 4H4v16h4M16 4h4v16h-4M9 10h2m2 4h2",
  accompany: "M3 8c3-4 6 4 9 0s6 0 9 0M5 14v6m5-6v6m4-6v6m5-6v6",
  duet: "M3 4h12v9H8l-4 3v-3H3ZM18 9h3v8h-1v3l-4-3h-5v-1",
  folder: "M3 6h6l2 3h10v11H3Z",
  download: "M12 3v11m-5-5 5 5 5-5M4 20h16",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-2-11a2 2 0 1 1 3 2c-1 .5-1 1-1 2m0 3h.01",
  moon: "M20 14A8 8 0 1 1 10 4a6 6 0 0 0 10 10Z",
  undo: "M8 5 4 9l4 4M4 9h9a5 5 0 0 1 0 10h-2",
  redo: "m16 5 4 4-4 4m4-4h-9a5 5 0 0 0 0 10h2",
  zoomin: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5M8 11h6m-3-3v6",
  zoomout: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5M8 11h6",
  wishes: "M4 8h8m4 0h4M4 16h4m4 0h8M16 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0Zm-4 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  close: "m6 6 12 12M18 6 6 18",
  keyboard: "M3 5h18v14H3ZM8 5v8m4-8v8m4-8v8",
  ear: "M7 9a5 5 0 0 1 10 0c0 3-3 4-4 6s-1 5-4 5a3 3 0 0 1-3-3M10 9a2 2 0 0 1 4 0c0 2-2 2-2 4",
  left: "m14 6-6 6 6 6",
  right: "m10 6 6 6-6 6",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName, size = 20): string {
  return `<svg width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`;
}
export const PLAY = '<svg width="24" height="24" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M7 4v16l13-8z"/></svg>';
export const PAUSE = '<svg width="24" height="24" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><rect x="5" y="4" width="5" height="16" rx="1.5"/><rect x="14" y="4" width="5" height="16" rx="1.5"/></svg>';
