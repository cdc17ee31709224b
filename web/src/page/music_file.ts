// A file that was opened or dropped, as notes.

import { EngineError, type Engine } from "../engine/engine";
import { clock } from "../music/clock";
import { endOf, type Note } from "../music/note";

export interface MusicFile {
  notes: Note[]; // empty if it could not be used
  message: string; // for a person
  isError: boolean;
}

export async function readMusicFile(file: File, engine: Engine): Promise<MusicFile> {
  const refused = (message: string): MusicFile => ({ notes: [], message, isError: true });
  let read: Awaited<ReturnType<Engine["readMidi"]>>;
  try {
    read = await engine.readMidi(await file.arrayBuffer());
  } catch (error) {
    const isOurs = error instanceof EngineError;
    return refused(isOurs ? `${file.name} is not a MIDI file. pno reads .mid and .midi.` : `${file.name} could not be read.`);
  }
  if (read.notes.length === 0) return refused(`${file.name} has no notes for a piano.`);
  const notes = read.notes.map((note): Note => ({ ...note, by: "human" }));
  const message = read.isDamaged ? `${file.name} is damaged after ${clock(endOf(notes))}. What comes before is here.` : "Opened.";
  return { notes, message, isError: read.isDamaged };
}
