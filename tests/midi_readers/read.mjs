// node read.mjs FILE READER: prints {division, tempos: [[tick, bpm], …], notes: [[start, end, pitch, velocity], …]}
// in ticks, read with midi-file or @tonejs/midi.

import fs from 'node:fs'
import * as midiFile from 'midi-file'
import tonejs from '@tonejs/midi'

function withMidiFile(bytes) {
  const midi = midiFile.parseMidi(bytes)
  const tempos = [], notes = []
  for (const track of midi.tracks) {
    const held = new Map()
    let tick = 0
    for (const event of track) {
      tick += event.deltaTime
      if (event.type === 'setTempo') tempos.push([tick, 6e7 / event.microsecondsPerBeat])
      const key = `${event.channel} ${event.noteNumber}`
      if (event.type === 'noteOn') held.set(key, [...(held.get(key) ?? []), [tick, event.velocity]])
      if (event.type === 'noteOff') {
        const first = held.get(key)?.shift()
        if (first) notes.push([first[0], tick, event.noteNumber, first[1]])
      }
    }
  }
  return { division: midi.header.ticksPerBeat, tempos, notes }
}

function withTonejs(bytes) {
  const midi = new tonejs.Midi(bytes)
  return {
    division: midi.header.ppq,
    tempos: midi.header.tempos.map(tempo => [tempo.ticks, tempo.bpm]),
    notes: midi.tracks.flatMap(track => track.notes.map(note =>
      [note.ticks, note.ticks + note.durationTicks, note.midi, Math.round(note.velocity * 127)])),
  }
}

const [file, reader] = process.argv.slice(2)
const bytes = fs.readFileSync(file)
console.log(JSON.stringify(reader === 'tonejs' ? withTonejs(bytes) : withMidiFile(bytes)))
