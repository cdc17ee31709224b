"""compare.py FILE…: exits with 1 if the readers disagree about the notes and tempos of the files.

mido and symusic read them here; read.mjs has written what midi-file and @tonejs/midi read.
"""

import json
import sys

import mido
import symusic


def with_mido(path):
    midi = mido.MidiFile(path)
    tempos, notes = [], []
    for track in midi.tracks:
        tick, held = 0, {}
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempos.append([tick, mido.tempo2bpm(message.tempo)])
            elif message.type == "note_on" and message.velocity > 0:
                held.setdefault((message.channel, message.note), []).append((tick, message.velocity))
            elif message.type in ("note_on", "note_off"):
                struck = held.get((message.channel, message.note))
                if struck:
                    start, velocity = struck.pop(0)
                    notes.append([start, tick, message.note, velocity])
    return {"division": midi.ticks_per_beat, "tempos": tempos, "notes": notes}


def with_symusic(path):
    score = symusic.Score(path)
    return {
        "division": score.ticks_per_quarter,
        "tempos": [[tempo.time, tempo.qpm] for tempo in score.tempos],
        "notes": [[note.time, note.end, note.pitch, note.velocity] for track in score.tracks for note in track.notes],
    }


def compared(reader, notes):
    """@tonejs/midi takes a NOTE_OFF in the tick of the next NOTE_ON for that note's end: its ends are left out."""
    return sorted([note[0], *note[2:]] if reader == "tonejs" else note for note in notes)


def problem(path):
    readings = {"mido": with_mido(path), "symusic": with_symusic(path)}
    for reader in ("midi-file", "tonejs"):
        with open(f"{path}.{reader}.json") as file:
            readings[reader] = json.load(file)
    first = readings["mido"]
    if not 1 <= first["division"] <= 960:
        return f"{first['division']} ticks a quarter"
    if not first["tempos"]:
        return "without a tempo"
    for _, bpm in first["tempos"]:
        if not 29.99 <= bpm <= 300.01:
            return f"a tempo of {bpm}"
    if not first["notes"]:
        return "without notes"
    for reader, reading in readings.items():
        if reading["division"] != first["division"]:
            return f"{reader}: {reading['division']} ticks a quarter, not {first['division']}"
        if compared(reader, reading["notes"]) != compared(reader, first["notes"]):
            return f"{reader}: other notes than mido"
        if len(reading["tempos"]) != len(first["tempos"]):
            return f"{reader}: {len(reading['tempos'])} tempos, not {len(first['tempos'])}"
        for (tick, bpm), (other_tick, other_bpm) in zip(sorted(reading["tempos"]), sorted(first["tempos"])):
            if tick != other_tick or abs(bpm - other_bpm) > 0.01:
                return f"{reader}: tempo {bpm} at {tick}, not {other_bpm} at {other_tick}"
    return None


failed = 0
for name in sys.argv[1:]:
    found = problem(name)
    if found:
        print(f"{name}: {found}", file=sys.stderr)
        failed += 1
print(f"{len(sys.argv) - 1} files, {failed} with problems; mido, symusic, midi-file and @tonejs/midi")
sys.exit(failed > 0)
