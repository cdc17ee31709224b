// The panel beside the sheet: more wishes, or what pno listened to.

import type { Wishes } from "../music/recipe";
import { duetWishes } from "./dock";
import { $ } from "./dom";
import type { Duet } from "./duet";
import type { Listening } from "./listening";
import type { PageState } from "./page_state";
import { wishesPanel } from "./wishes";

const NARROW = 1000; // pixels: up to here the sliders of the dock are in the panel

export type Side = NonNullable<PageState["side"]>;

export interface SidePanelEvents {
  /** A wish has changed. */
  wished(): void;
  /** It was opened or closed. */
  toggled(): void;
}

export class SidePanel {
  private opener: HTMLElement | null = null; // gets the focus back

  constructor(private readonly state: PageState, private readonly duet: Duet, private readonly listening: Listening, private readonly events: SidePanelEvents) {}

  toggle(side: Side): void {
    if (this.state.side === side) return this.close();
    this.open(side);
  }

  open(side: Side): void {
    if (this.state.side === null) this.opener = document.activeElement as HTMLElement | null;
    const wasListening = this.listening.isOn;
    this.state.side = side;
    if (wasListening) this.listening.clear();
    this.show();
    $("side").querySelector<HTMLElement>("button")?.focus();
  }

  close(): void {
    this.state.side = null;
    this.listening.clear();
    this.show();
    const opener = this.opener?.id ? document.getElementById(this.opener.id) : null;
    (opener ?? document.querySelector<HTMLElement>("#more"))?.focus();
  }

  /** The contents have changed. The focus stays where it is. */
  refresh(): void {
    const { side } = this.state;
    const panel = $("side");
    const focusable = (): HTMLElement[] => [...panel.querySelectorAll<HTMLElement>("button, select, input")];
    const focused = focusable().indexOf(document.activeElement as HTMLElement);
    panel.replaceChildren(...(side === null ? [] : side === "wishes" ? this.wishes() : this.listening.parts()));
    if (focused >= 0) focusable().at(Math.min(focused, focusable().length - 1))?.focus();
  }

  private show(): void {
    $("side").hidden = this.state.side === null;
    this.refresh();
    this.events.toggled();
  }

  private wishes(): Node[] {
    const { settings, known, verb } = this.state;
    const isNarrow = innerWidth <= NARROW;
    const parts = wishesPanel(settings, known, isNarrow, {
      wished: () => this.events.wished(),
      begin: (value) => (settings.begin = value),
      seconds: (value) => (settings.seconds = value),
      number: (value) => (settings.number = value),
      putBack: () => this.putBack(),
      close: () => this.close(),
    });
    return verb === "duet" && isNarrow ? [...parts, ...duetWishes(this.duet)] : parts;
  }

  private putBack(): void {
    const { settings } = this.state;
    for (const name of Object.keys(settings.wishes)) delete settings.wishes[name as keyof Wishes];
    Object.assign(settings, { begin: "pianist", seconds: 0 });
    this.events.wished();
    this.refresh();
  }
}
