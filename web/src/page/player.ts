// Plays the sheet with the piano, and lets it wait while pno has not written far enough.

import type { Piano } from "../sound/piano";
import { type Instrument, Transport } from "../sound/transport";
import { announce, notice } from "./notices";
import { AHEAD, type Score } from "./score";

const RESUME_AHEAD = 4; // seconds written before the music continues after it had to wait
const TO_END = 0.05; // seconds: nearer to the end than this is at the end
const AFTER_END = 0.3; // seconds that the last notes ring

export interface PlayerEvents {
  /** It began or stopped playing. */
  changed(): void;
  /** It has stopped: the sheet may be kept. */
  stopped(): void;
}

const SILENT: Instrument = { now: 0, latency: 0, play: () => {}, forget: () => {}, silence: () => {} };

export class Player {
  piano: Piano | null = null;
  isStalled = false; // the music waits for pno
  private startAt: number | null = null; // where to play from when the piano is there
  private transport = this.transportOf(SILENT);

  constructor(private readonly score: Score, private readonly events: PlayerEvents) {}

  get isPlaying(): boolean {
    return this.transport.isPlaying;
  }
  /** It plays, or will as soon as it can. */
  get isOn(): boolean {
    return this.isPlaying || this.isStalled || this.startAt !== null;
  }
  get position(): number {
    return this.transport.position;
  }

  usePiano(piano: Piano): void {
    this.piano = piano;
    this.transport = this.transportOf(piano);
    const { startAt } = this;
    this.startAt = null;
    if (startAt !== null) void this.playFrom(startAt);
  }

  private transportOf(instrument: Instrument): Transport {
    return new Transport(instrument, () => this.score.sheet.notes, () => (this.score.hasAuthor || this.score.isWaiting ? this.score.written : Infinity));
  }

  /** Plays from `position` on, as soon as the piano is there. */
  start(position: number): void {
    if (this.piano) void this.playFrom(position);
    else this.startAt = position;
  }

  private async playFrom(position: number): Promise<void> {
    if (!this.piano) return;
    if (!(await this.piano.resume())) {
      notice("The browser holds the sound back.", { action: { label: "Turn it on", run: () => void this.playFrom(position) } });
      return this.events.changed();
    }
    this.transport.play(position);
    this.events.changed();
    announce(this.score.isGrowing ? "pno plays" : "Playing");
  }

  pause(): void {
    if (this.isPlaying) {
      this.transport.pause();
      this.events.stopped();
    }
    this.startAt = null;
    this.isStalled = false;
  }

  playOrPause(): void {
    if (this.isPlaying || this.isStalled) {
      this.pause();
      return this.events.changed();
    }
    const isAtEnd = !this.score.isGrowing && this.position >= this.score.end - TO_END;
    void this.playFrom(isAtEnd ? 0 : this.position);
  }

  seek(position: number): void {
    this.transport.seek(position);
  }

  /** The notes have changed: what was sent to the piano is replaced. */
  refresh(): void {
    this.transport.refresh();
  }

  /** Call it some times a second. */
  tick(): void {
    const { score, position } = this;
    if (this.isPlaying) {
      score.heard = Math.max(score.heard, position);
      score.extend(position + AHEAD);
      this.transport.fill();
      if (score.isGrowing && position >= score.written - TO_END) this.stall();
      else if (!score.isGrowing && position > score.end + AFTER_END) this.stopAtEnd();
    } else if (this.isStalled) {
      score.extend(position + AHEAD);
      if (score.written < position + RESUME_AHEAD && score.isGrowing) return;
      this.isStalled = false;
      void this.playFrom(position);
    }
  }

  private stall(): void {
    this.transport.pause();
    this.isStalled = true;
    this.events.changed();
  }

  private stopAtEnd(): void {
    this.transport.pause();
    this.transport.seek(this.score.end);
    this.events.stopped();
    this.events.changed();
    announce(`pno has stopped. ${this.score.summary()}`);
  }
}
