// Buttons of the frame, files that are dropped, and the keys.

import { showKeys } from "./dialogs";
import { $ } from "./dom";

export interface PageActions {
  openFile(file: File): void;
  openLink(): void;
  save(): void;
  saveMidi(): void;
  share(): void;
  changeTheme(): void;
  about(): void;
  undo(): void;
  redo(): void;
  zoom(factor: number): void;
  keep(): void;
  escape(): boolean;
  playOrPause(): void;
  bigButton(): void;
  move(seconds: number): void;
  goTo(place: "start" | "end"): void;
  chooseNext(step: 1 | -1): void;
  listen(): void;
}

const ZOOM = 1.5;

export function listenToPage(actions: PageActions): void {
  const file = $<HTMLInputElement>("file");
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) actions.openFile(chosen);
    file.value = "";
  });
  const buttons: Record<string, () => void> = {
    open: () => file.click(),
    save: actions.save,
    share: actions.share,
    help: showKeys,
    theme: actions.changeTheme,
    about: actions.about,
    undo: actions.undo,
    redo: actions.redo,
    listen: actions.listen,
    "zoom-in": () => actions.zoom(1 / ZOOM),
    "zoom-out": () => actions.zoom(ZOOM),
  };
  for (const [id, run] of Object.entries(buttons)) $(id).addEventListener("click", run);
  listenToDrops(actions);
  window.addEventListener("keydown", (event) => key(event, actions));
  window.addEventListener("pagehide", actions.keep);
  window.addEventListener("hashchange", actions.openLink);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) actions.keep();
  });
}

function listenToDrops(actions: PageActions): void {
  let inside = 0; // elements that the file is over
  window.addEventListener("dragenter", (event) => {
    event.preventDefault();
    ++inside;
    $("drop").hidden = false;
  });
  window.addEventListener("dragleave", () => ($("drop").hidden = --inside > 0 ? false : true));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    inside = 0;
    $("drop").hidden = true;
    const dropped = event.dataTransfer?.files[0];
    if (dropped) actions.openFile(dropped);
  });
}

function key(event: KeyboardEvent, actions: PageActions): void {
  if ($<HTMLDialogElement>("dialog").open) return;
  const isControl = event.ctrlKey || event.metaKey;
  const name = event.key.toLowerCase();
  const seconds = isControl ? 1 : 0.1;
  const anywhere: Record<string, () => void> = isControl
    ? { z: event.shiftKey ? actions.redo : actions.undo, y: actions.redo, o: () => $("file").click(), s: actions.saveMidi }
    : {};
  // Single characters act only while the roll has the focus.
  const onRoll: Record<string, () => void> = {
    " ": actions.playOrPause,
    enter: actions.bigButton,
    arrowleft: () => actions.move(-seconds),
    arrowright: () => actions.move(seconds),
    arrowup: () => actions.chooseNext(-1),
    arrowdown: () => actions.chooseNext(1),
    home: () => actions.goTo("start"),
    end: () => actions.goTo("end"),
    "+": () => actions.zoom(1 / ZOOM),
    "=": () => actions.zoom(1 / ZOOM),
    "-": () => actions.zoom(ZOOM),
    "?": showKeys,
  };
  if (name === "escape") {
    if (actions.escape()) event.preventDefault();
    return;
  }
  const action = anywhere[name] ?? (document.activeElement === $("roll") ? onRoll[name] : undefined);
  if (!action) return;
  event.preventDefault();
  action();
}
