// The chosen note: by a click, or by the keys from note to note. It is heard and read aloud.

import { clockTenths } from "../music/clock";
import { loudness, type Note, spokenPitch } from "../music/note";
import { announce } from "./notices";
import type { PageState } from "./page_state";
import type { Player } from "./player";
import type { RollPanel } from "./roll_panel";
import type { Score } from "./score";

const SHORTEST = 0.15; // seconds that a chosen note sounds
const LONGEST = 1;

export class NoteCursor {
  constructor(private readonly state: PageState, private readonly score: Score, private readonly player: Player, private readonly roll: RollPanel) {}

  choose(note: Note): void {
    this.state.chosen = note;
    this.roll.refresh();
    announce(`${spokenPitch(note.pitch)}, ${clockTenths(note.start)}, ${loudness(note.velocity)}, ${note.by}`);
    this.sound(note);
  }

  /** The note before or after the chosen one, or beside the playhead; it is brought in sight. */
  next(step: 1 | -1): Note | undefined {
    const { notes } = this.score.sheet;
    if (notes.length === 0) return undefined;
    const { chosen } = this.state;
    const at = chosen ? notes.indexOf(chosen) : notes.findIndex((note) => note.start >= this.player.position) - step;
    const note = notes[Math.min(Math.max(0, at + step), notes.length - 1)]!;
    this.roll.bringInSight(note.start);
    return note;
  }

  /** Shows where a note is, and lets it sound. */
  point(note: Note): void {
    this.roll.bringInSight(note.start);
    this.sound(note);
  }

  private sound({ start, keyEnd, pitch, velocity }: Note): void {
    const { piano } = this.player;
    if (this.player.isPlaying || !piano) return;
    void piano.resume().then(() => {
      const { now } = piano;
      const length = Math.min(LONGEST, Math.max(SHORTEST, keyEnd - start));
      piano.play([{ time: now, pitch, velocity }, { time: now + length, pitch, velocity: 0 }]);
    });
  }
}
