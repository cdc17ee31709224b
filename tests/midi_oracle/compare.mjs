// node compare.mjs FOLDER
// Reads every .mid of FOLDER with @tonejs/midi, applies the pedal by its own code, and compares the
// notes with those of the .json beside it: start and end, of the key and of the sound, to the
// millisecond; pitch and velocity exactly.

import fs from 'node:fs'
import path from 'node:path'
import tonejs from '@tonejs/midi'

const DRUMS = 9
const SUSTAIN = 64

// {channel: [[down, up], …]} in ticks. The controller of each track crosses the threshold by itself;
// if several tracks have one channel, the last move counts.
function pedalsOf(midi, endTick) {
  const moves = new Map()
  for (const track of midi.tracks) {
    if (track.controlChanges[66]?.some(c => c.value > 0)) throw new Error('uses the sostenuto pedal')
    let before = null
    for (const change of track.controlChanges[SUSTAIN] ?? []) {
      const down = Math.round(change.value * 127) >= 64
      if (down === before) continue
      before = down
      if (!moves.has(track.channel)) moves.set(track.channel, [])
      moves.get(track.channel).push({ tick: change.ticks, down })
    }
  }
  const pedals = new Map()
  for (const [channel, list] of moves) {
    list.sort((a, b) => a.tick - b.tick)
    const times = []
    let since = null
    for (const { tick, down } of [...list, { tick: endTick, down: false }]) {
      if (down) {
        since ??= tick
      } else if (since !== null) {
        if (tick > since) times.push([since, tick])
        since = null
      }
    }
    pedals.set(channel, times)
  }
  return pedals
}

// The sounding notes of all tracks, in ticks.
function soundingNotes(midi) {
  const endTick = Math.max(...midi.tracks.map(t => t.endOfTrackTicks ?? 0), midi.durationTicks)
  const pedals = pedalsOf(midi, endTick)
  const strings = new Map()
  for (const track of midi.tracks) {
    if (track.channel === DRUMS) continue
    for (const note of track.notes) {
      if (note.durationTicks === 0) continue
      const start = note.ticks
      const release = start + note.durationTicks
      const pedal = (pedals.get(track.channel) ?? []).find(([down, up]) => down <= release && release < up)
      if (!strings.has(note.midi)) strings.set(note.midi, [])
      strings.get(note.midi).push({
        pitch: note.midi, velocity: Math.round(note.velocity * 127), start, release,
        end: pedal ? pedal[1] : release,
      })
    }
  }
  const sounding = []
  for (const string of strings.values()) {
    string.sort((a, b) => a.start - b.start || b.end - a.end || b.release - a.release)
    let last = null
    for (const note of string) {
      if (last?.start === note.start) {
        last.velocity = Math.max(last.velocity, note.velocity)
        continue
      }
      if (last) {
        last.end = Math.min(last.end, note.start)
        last.release = Math.min(last.release, note.start)
      }
      sounding.push(note)
      last = note
    }
  }
  return sounding.sort((a, b) => a.start - b.start || a.pitch - b.pitch)
}

function firstDifference(theirs, ours, milliseconds) {
  if (theirs.length !== ours.length) return `${ours.length} notes, not ${theirs.length}`
  for (let i = 0; i < ours.length; i++) {
    const [startUs, lengthUs, keyLengthUs, pitch, velocity] = ours[i]
    const note = theirs[i]
    const pairs = [
      ['start', startUs / 1000, milliseconds(note.start)],
      ['end', (startUs + lengthUs) / 1000, milliseconds(note.end)],
      ['end of key', (startUs + keyLengthUs) / 1000, milliseconds(note.release)],
    ]
    for (const [what, own, other] of pairs) {
      if (!(Math.abs(own - other) < 1)) return `note ${i}: ${what} at ${own} ms, not ${other}`
    }
    if (pitch !== note.pitch) return `note ${i}: pitch ${pitch}, not ${note.pitch}`
    if (velocity !== note.velocity) return `note ${i}: velocity ${velocity}, not ${note.velocity}`
  }
  return null
}

const folder = process.argv[2]
const files = fs.readdirSync(folder).filter(name => name.endsWith('.mid')).sort()
let failed = 0, notes = 0, pedalled = 0
for (const file of files) {
  const base = path.join(folder, file.slice(0, -4))
  const name = fs.readFileSync(base + '.name', 'utf8')
  const midi = new tonejs.Midi(fs.readFileSync(base + '.mid'))
  const ours = JSON.parse(fs.readFileSync(base + '.json', 'utf8'))
  const difference = firstDifference(soundingNotes(midi), ours,
    tick => 1000 * midi.header.ticksToSeconds(tick))
  if (difference !== null) {
    console.error(`${name}: ${difference}`)
    failed++
  }
  notes += ours.length
  pedalled += ours.filter(note => note[1] > note[2]).length
}
console.log(`${files.length} files, ${notes} notes, ${pedalled} of them held by the pedal: ` +
  (failed ? `${failed} files differ` : 'all the same in @tonejs/midi'))
process.exit(failed || files.length === 0 ? 1 : 0)
