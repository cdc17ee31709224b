// A small reader of Standard MIDI Files of its own, to check what the page saves.

export function notesOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (text(0) !== "MThd") throw new Error("no header");
  const division = view.getUint16(12);
  let at = 8 + view.getUint32(4);
  const events = [];
  while (at < bytes.length) {
    if (text(at) !== "MTrk") throw new Error("no track");
    const end = at + 8 + view.getUint32(at + 4);
    at += 8;
    let tick = 0;
    let status = 0;
    const variable = () => {
      let value = 0;
      for (;;) {
        const byte = bytes[at++];
        value = value * 128 + (byte & 127);
        if (byte < 128) return value;
      }
    };
    while (at < end) {
      tick += variable();
      if (bytes[at] >= 128) status = bytes[at++];
      if (status === 0xff) {
        const kind = bytes[at++];
        const length = variable();
        if (kind === 0x51) events.push({ tick, tempo: (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2] });
        at += length;
      } else if (status >= 0xf0) {
        at += variable();
      } else {
        const kind = status >> 4;
        const first = bytes[at++];
        const second = kind === 12 || kind === 13 ? 0 : bytes[at++];
        if (kind === 9 || kind === 8) events.push({ tick, pitch: first, velocity: kind === 9 ? second : 0 });
      }
    }
  }
  events.sort((a, b) => a.tick - b.tick);
  let [tempo, lastTick, seconds] = [500_000, 0, 0];
  const notes = [];
  for (const event of events) {
    seconds += ((event.tick - lastTick) * tempo) / division / 1e6;
    lastTick = event.tick;
    if (event.tempo) tempo = event.tempo;
    else if (event.velocity > 0) notes.push({ start: seconds, end: Infinity, pitch: event.pitch, velocity: event.velocity });
    else {
      const open = notes.find((note) => note.pitch === event.pitch && note.end === Infinity);
      if (open) open.end = seconds;
    }
  }
  return notes;
}

/** A MIDI file of notes, for tests: format 0, 480 ticks a quarter, 120 quarters a minute. */
export function midiOf(notes) {
  const events = notes.flatMap(({ start, end, pitch, velocity }) => [[start, 0x90, pitch, velocity], [end, 0x80, pitch, 0]]);
  events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const track = [];
  let last = 0;
  for (const [time, ...message] of events) {
    const tick = Math.round(time * 960);
    let delta = tick - last;
    last = tick;
    const bytes = [delta & 127];
    while ((delta >>= 7) > 0) bytes.unshift((delta & 127) | 128);
    track.push(...bytes, ...message);
  }
  track.push(0, 0xff, 0x2f, 0);
  const size = track.length;
  return Buffer.from([..."MThd"].map((c) => c.charCodeAt(0)).concat([0, 0, 0, 6, 0, 0, 0, 1, 1, 224], [..."MTrk"].map((c) => c.charCodeAt(0)),
    [size >> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255], track));
}
