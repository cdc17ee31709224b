// Dialogs: save, share, keys, about.

import type { ServedModel } from "../engine/engine";
import { clockTenths } from "../music/clock";
import { loudness, type Note, pitchName } from "../music/note";
import { $, drawing, make } from "./dom";
import { icon } from "./icons";

const dialog = (): HTMLDialogElement => $<HTMLDialogElement>("dialog");

export function closeDialog(): void {
  if (dialog().open) dialog().close();
}

function open(title: string, ...children: Node[]): void {
  closeDialog();
  const close = make("button", { class: "b icon", "aria-label": "Close", click: closeDialog }, drawing(icon("close")));
  dialog().replaceChildren(make("header", {}, make("h2", { id: "dialog-title" }, title), close), ...children);
  dialog().showModal();
}

const choice = (label: string, more: string, run: () => void): HTMLElement =>
  make("button", { class: "b line", click: run }, make("span", {}, label, make("small", {}, more)));

export interface SaveActions {
  midi(): void;
  wav(): void;
  png(): void;
}
export function showSave(actions: SaveActions): void {
  open("Save", make("div", { class: "choices" },
    choice("MIDI file", "For notation and music programs; pno reads it again", actions.midi),
    choice("WAV file", "The sound, as it is heard here", actions.wav),
    choice("Picture", "The whole roll as PNG", actions.png)));
}

/** `link` null: the notes do not fit. */
export function showShare(link: string | null, copied: () => void): void {
  if (link === null) {
    return open("Share this piece", make("p", {}, "Your notes do not fit in a link. Save the MIDI file."));
  }
  const field = make("input", { class: "field", readonly: true, "aria-label": "Link to this piece" });
  field.value = link;
  const copy = make("button", { class: "b act small", click: () => {
    field.select();
    void navigator.clipboard?.writeText(link).then(copied, () => {});
  } }, "Copy");
  open("Share this piece",
    make("p", {}, "The link holds the number of the piece and your wishes. With it, pno plays the piece again."),
    make("div", { class: "link" }, field, copy),
    make("p", {}, "Your own notes are in the link too, up to 300 of them. For longer ones, save the MIDI file and send that."));
}

const KEYS: [string, string][] = [
  ["Space", "Play, pause"], ["Enter", "The big button"], ["← →", "Back, forward; with Ctrl by seconds"], ["↑ ↓", "Previous, next note, read aloud"],
  ["Home End", "To the start, to the end"], ["+ −", "Zoom"], ["Esc", "Close, stop"], ["Ctrl Z", "Undo; with Shift, redo"],
  ["Ctrl O", "Open a file"], ["Ctrl S", "Save as MIDI"], ["A W S E D …", "Piano keys, in a duet; Z and X move an octave"], ["?", "This list"],
];
export function showKeys(): void {
  const rows = KEYS.map(([key, does]) => make("tr", {}, make("th", { scope: "row" }, key), make("td", {}, does)));
  open("Keys", make("p", {}, "Single keys work while the music has the focus."), make("table", {}, make("tbody", {}, ...rows)));
}

export interface AboutFacts {
  model: string;
  bytes: string;
  trainedOn: string;
  licence: string;
  where: string;
  speed: string;
  notes: readonly Note[];
  isDark: boolean;
  served: readonly ServedModel[]; // the models of a server
  chooseModel(): void;
  chooseServed(id: string): void;
  changeTheme(): void;
}
export function showAbout(facts: AboutFacts): void {
  const terms: [string, string][] = [
    ["Model", `${facts.model}, ${facts.bytes}`], ["Trained on", facts.trainedOn], ["Its licence", facts.licence],
    ["Runs", facts.where], ["Speed", facts.speed],
    ["Opening", "Schubert, Moment musical no. 3, a performance of the ASAP dataset (Foscarin et al. 2020), CC BY-NC-SA 4.0"],
    ["Piano", "FluidR3 Mono, MIT; played by spessasynth, Apache 2.0"], ["Letters", "Figtree, SIL Open Font License"], ["Program", "pno, MIT"],
  ];
  const list = make("dl", {}, ...terms.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)]));
  const text = make("button", { class: "b line", click: () => showNotes(facts.notes) }, "Notes as text");
  const model = make("button", { class: "b line", click: facts.chooseModel }, "Choose another model");
  const theme = make("button", { class: "b line", click: () => { facts.changeTheme(); closeDialog(); } }, facts.isDark ? "Light theme" : "Dark theme");
  const others = facts.served.length > 1 ? facts.served.map(({ id, name }) => make("button", { class: "b line", click: () => { facts.chooseServed(id); closeDialog(); } }, `Play with ${name}`)) : [];
  open("About", list, make("div", { class: "choices" }, text, ...others, model, theme));
}

const MOST_ROWS = 5000;
function showNotes(notes: readonly Note[]): void {
  const rows = notes.slice(0, MOST_ROWS).map((note) => make("tr", {},
    make("td", { class: "num" }, clockTenths(note.start)), make("td", {}, pitchName(note.pitch)),
    make("td", {}, loudness(note.velocity)), make("td", {}, note.by)));
  const head = make("tr", {}, ...["Time", "Note", "Touch", "By"].map((name) => make("th", { scope: "col" }, name)));
  open("Notes as text", make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}
