// The piano keys below the roll: struck lower is louder; computer keys play them, too.

import { isBlack, pitchName, type Player } from "../music/note";
import { $, make } from "./dom";

// By place on the keyboard: C4 … E5.
const CODES = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ", "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon", "Quote"];
const LETTERS = ["A", "W", "S", "E", "D", "F", "T", "G", "Y", "H", "U", "J", "K", "O", "L", "P", ";", "'"];
const COMPUTER_VELOCITY = 64;
const COMPUTER_LOUD = 96;

export interface KeyActions {
  press(pitch: number, velocity: number): void;
  release(pitch: number): void;
}

export class Keyboard {
  private readonly box = $("keys");
  private readonly buttons = new Map<number, HTMLElement>();
  private readonly held = new Map<string, number>(); // computer key or pointer to pitch
  private lowest = 48; // the first white key
  private octave = 0; // of the computer keys
  private letters = LETTERS;

  constructor(private readonly actions: KeyActions) {
    this.listen();
    const map = (navigator as { keyboard?: { getLayoutMap(): Promise<Map<string, string>> } }).keyboard;
    void map?.getLayoutMap().then((layout) => {
      this.letters = CODES.map((code, i) => layout.get(code)?.toUpperCase() ?? LETTERS[i]!);
      this.build();
    }, () => {});
    window.addEventListener("resize", () => this.build());
  }

  get isShown(): boolean {
    return !this.box.hidden;
  }
  show(isShown: boolean): void {
    this.box.hidden = !isShown;
    if (isShown) this.build();
    else this.releaseAll();
  }

  /** Moves by octaves. */
  move(octaves: number): void {
    const next = this.octave + octaves;
    if (next < -3 || next > 3) return;
    this.releaseAll();
    this.octave = next;
    this.build();
  }

  light(lit: ReadonlyMap<number, Player>, soon: ReadonlySet<number>): void {
    for (const [pitch, button] of this.buttons) {
      button.classList.toggle("human", lit.get(pitch) === "human");
      button.classList.toggle("pno", lit.get(pitch) === "pno");
      button.classList.toggle("soon", soon.has(pitch));
      button.setAttribute("aria-pressed", String(lit.has(pitch)));
    }
  }

  private build(): void {
    if (this.box.hidden) return;
    const { width } = this.box.getBoundingClientRect();
    const whites = width < 700 ? 8 : width < 1000 ? 15 : 22;
    this.lowest = (whites === 22 ? 48 : 60) + 12 * this.octave;
    this.buttons.clear();
    const children: HTMLElement[] = [];
    let white = 0;
    const inner = width - (width < 700 ? 16 : 32);
    for (let pitch = this.lowest; white < whites && pitch <= 108; ++pitch) {
      const letter = this.letters[pitch - 60 - 12 * this.octave] ?? "";
      const black = isBlack(pitch);
      if (black && white === whites) break;
      const button = make("button", { class: black ? "k" : "w", "aria-label": pitchName(pitch), "aria-pressed": "false", "data-pitch": String(pitch), tabindex: this.buttons.size === 0 ? "0" : "-1" });
      if (black) {
        button.style.left = `${(width - inner) / 2 + (white / whites) * inner - 1}px`;
        button.append(letter);
      } else {
        button.append(make("b", {}, letter));
        if (pitch % 12 === 0) button.dataset.name = pitchName(pitch); // drawn by the style sheet
        ++white;
      }
      this.buttons.set(pitch, button);
      children.push(button);
    }
    this.box.replaceChildren(...children);
  }

  private press(source: string, pitch: number, velocity: number): void {
    this.release(source);
    this.held.set(source, pitch);
    this.actions.press(pitch, velocity);
  }
  private release(source: string): void {
    const pitch = this.held.get(source);
    if (pitch === undefined) return;
    this.held.delete(source);
    this.actions.release(pitch);
  }
  releaseAll(): void {
    for (const source of [...this.held.keys()]) this.release(source);
  }

  private listen(): void {
    const pitchAt = (event: PointerEvent): { pitch: number; velocity: number } | null => {
      const button = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("#keys button");
      if (!button) return null;
      const { top, height } = button.getBoundingClientRect();
      return { pitch: Number(button.dataset.pitch), velocity: Math.round(40 + 60 * Math.min(1, (event.clientY - top) / height)) };
    };
    this.box.addEventListener("pointerdown", (event) => {
      const key = pitchAt(event);
      if (!key) return;
      event.preventDefault();
      this.box.setPointerCapture(event.pointerId);
      this.press(`pointer ${event.pointerId}`, key.pitch, key.velocity);
    });
    this.box.addEventListener("pointermove", (event) => {
      const source = `pointer ${event.pointerId}`;
      const key = this.held.has(source) ? pitchAt(event) : null;
      if (key && key.pitch !== this.held.get(source)) this.press(source, key.pitch, key.velocity);
    });
    for (const type of ["pointerup", "pointercancel"] as const) this.box.addEventListener(type, (event) => this.release(`pointer ${event.pointerId}`));
    // The focused key by Space or Enter; the arrows move the focus.
    this.box.addEventListener("keydown", (event) => {
      const pitch = Number((event.target as HTMLElement).dataset.pitch);
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step !== undefined) {
        const next = this.buttons.get(pitch + step);
        next?.focus();
        event.preventDefault();
        event.stopPropagation();
      } else if ((event.key === " " || event.key === "Enter") && !event.repeat) {
        event.preventDefault();
        event.stopPropagation();
        this.press("focus", pitch, COMPUTER_VELOCITY);
      }
    });
    this.box.addEventListener("keyup", (event) => {
      if (event.key === " " || event.key === "Enter") this.release("focus");
    });
    window.addEventListener("keydown", (event) => {
      if (!this.isShown || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as HTMLElement).matches("input[type=text], select, dialog *")) return;
      if (event.code === "KeyZ" || event.code === "KeyX") return this.move(event.code === "KeyZ" ? -1 : 1);
      const index = CODES.indexOf(event.code);
      if (index < 0) return;
      event.preventDefault();
      this.press(event.code, 60 + 12 * this.octave + index, event.shiftKey ? COMPUTER_LOUD : COMPUTER_VELOCITY);
    });
    window.addEventListener("keyup", (event) => this.release(event.code));
    window.addEventListener("blur", () => this.releaseAll());
  }
}
