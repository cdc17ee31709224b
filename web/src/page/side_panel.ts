// The panel beside the sheet: more wishes.

import type { Wishes } from "../music/recipe";
import { duetWishes } from "./dock";
import { $ } from "./dom";
import type { Duet } from "./duet";
import type { PageState } from "./page_state";
import { wishesPanel } from "./wishes";

const NARROW = 1000; // pixels: up to here the sliders of the dock are in the panel

export interface SidePanelEvents {
  /** A wish has changed. */
  wished(): void;
  /** It was opened or closed. */
  toggled(): void;
}

export class SidePanel {
  constructor(private readonly state: PageState, private readonly duet: Duet, private readonly events: SidePanelEvents) {}

  toggle(isOpen = !this.state.isSideOpen): void {
    this.state.isSideOpen = isOpen;
    const side = $("side");
    side.hidden = !isOpen;
    this.events.toggled();
    if (!isOpen) return void document.querySelector<HTMLElement>("#more")?.focus();
    side.replaceChildren(...this.parts());
    side.querySelector<HTMLElement>("button")?.focus();
  }

  private parts(): Node[] {
    const { settings, known, verb } = this.state;
    const isNarrow = innerWidth <= NARROW;
    const wishes = wishesPanel(settings, known, isNarrow, {
      wished: () => this.events.wished(),
      begin: (value) => (settings.begin = value),
      seconds: (value) => (settings.seconds = value),
      number: (value) => (settings.number = value),
      putBack: () => this.putBack(),
      close: () => this.toggle(false),
    });
    return verb === "duet" && isNarrow ? [...wishes, ...duetWishes(this.duet)] : wishes;
  }

  private putBack(): void {
    const { settings } = this.state;
    for (const name of Object.keys(settings.wishes)) delete settings.wishes[name as keyof Wishes];
    Object.assign(settings, { begin: "pianist", seconds: 0 });
    this.events.wished();
    this.toggle(true);
  }
}
