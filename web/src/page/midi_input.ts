// MIDI keyboards, by Web MIDI. It is asked for only when the button is pressed.

import type { KeyActions } from "./keyboard";
import { notice } from "./notices";

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;

export const MIDI_WORDS = {
  missing: "This browser cannot reach MIDI keyboards. Safari does not offer it. Chrome, Edge and Firefox do. The keys below and your computer keys work here.",
  refused: "The browser was told to keep MIDI from this page. Allow it beside the address, then try again.",
  none: "No keyboard yet. Plug one in: it appears by itself.",
};

export async function connectMidi(actions: KeyActions): Promise<void> {
  if (!("requestMIDIAccess" in navigator)) return notice(MIDI_WORDS.missing, { isError: true });
  let access: MIDIAccess;
  try {
    access = await navigator.requestMIDIAccess();
  } catch {
    return notice(MIDI_WORDS.refused, { isError: true, action: { label: "Try again", run: () => void connectMidi(actions) } });
  }
  const held = new Map<string, Set<number>>(); // by port
  const listen = (port: MIDIInput): void => {
    const pitches = new Set<number>();
    held.set(port.id, pitches);
    port.onmidimessage = ({ data }) => {
      if (!data || data.length < 3) return;
      const [status, pitch, velocity] = data as unknown as [number, number, number];
      const kind = status & 0xf0;
      if (kind === NOTE_ON && velocity > 0) {
        pitches.add(pitch);
        actions.press(pitch, velocity);
      } else if (kind === NOTE_ON || kind === NOTE_OFF) {
        pitches.delete(pitch);
        actions.release(pitch);
      }
    };
    notice(`${port.name || "A keyboard"} is connected.`);
  };
  for (const port of access.inputs.values()) listen(port);
  if (access.inputs.size === 0) notice(MIDI_WORDS.none);
  access.onstatechange = ({ port }) => {
    if (!port || port.type !== "input") return;
    if (port.state === "connected" && !held.has(port.id)) return listen(port as MIDIInput);
    const pitches = held.get(port.id);
    if (port.state !== "disconnected" || !pitches) return;
    held.delete(port.id);
    for (const pitch of pitches) actions.release(pitch);
    notice(`${port.name || "The keyboard"} is gone. Its notes were ended.`);
  };
}
