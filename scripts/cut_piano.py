#!/usr/bin/env python3
"""Cuts one instrument out of a SoundFont: a small file that sounds the same for that program.

  scripts/cut_piano.py FluidR3Mono_GM.sf3 data/piano/piano.sf3 --comment data/piano/LICENSE

Reads SF2 and SF3 files (SoundFont 2.04; SF3 has Ogg Vorbis in place of PCM). Keeps the program of
bank 0 that --program names, the instruments that it uses and the samples that these use, byte for
byte, and the texts of INFO, the comment replaced by the file that --comment names. The same input
gives the same bytes. data/piano/README.md says where the font comes from.
"""

import argparse
import struct
import sys

# Sizes of the records of pdta, and the generators whose value is the index of another record.
BAG, MODULATOR, GENERATOR = 4, 10, 4
PRESET, INSTRUMENT, SAMPLE = 38, 22, 46
INSTRUMENT_OF_ZONE, SAMPLE_OF_ZONE = 41, 53
COMPRESSED = 0x10  # sample type flag of SF3


def fail(text):
    sys.exit(f"cut_piano.py: {text}")


def chunks(data, begin, end):
    """(id, first byte, size) of each chunk. MuseScore writes odd chunks without the padding byte."""
    while begin + 8 <= end:
        name, size = data[begin:begin + 4], struct.unpack_from("<I", data, begin + 4)[0]
        yield name, begin + 8, size
        begin += 8 + size
        if size % 2 == 1 and data[begin:begin + 1] == b"\0":
            begin += 1


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        fail(f"{path}: is not a SoundFont; give an .sf2 or .sf3 file")
    lists = {}
    for name, at, size in chunks(data, 12, len(data)):
        if name == b"LIST":
            inner = [(n, data[a:a + s]) for n, a, s in chunks(data, at + 4, at + size)]
            lists[data[at:at + 4]] = inner
    for needed in (b"INFO", b"sdta", b"pdta"):
        if needed not in lists:
            fail(f"{path}: has no {needed.decode()}; the file is damaged, copy it again")
    return lists


def records(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


class Zones:
    """The zones of presets (p) or instruments (i): lists of generators and of modulators."""

    def __init__(self, pdta, letter):
        self.bags = [struct.unpack("<HH", r) for r in records(pdta[letter + b"bag"], BAG)]
        self.generators = records(pdta[letter + b"gen"], GENERATOR)
        self.modulators = records(pdta[letter + b"mod"], MODULATOR)

    def of(self, first, end):
        for bag in range(first, end):
            (g0, m0), (g1, m1) = self.bags[bag], self.bags[bag + 1]
            yield self.generators[g0:g1], self.modulators[m0:m1]


class ZoneWriter:
    def __init__(self):
        self.bags, self.generators, self.modulators = [], [], []

    def add(self, generators, modulators):
        self.mark()
        self.generators += generators
        self.modulators += modulators

    def mark(self):
        self.bags.append(struct.pack("<HH", len(self.generators), len(self.modulators)))

    def chunks(self, letter):
        self.mark()
        return [(letter + b"bag", b"".join(self.bags)),
                (letter + b"mod", b"".join(self.modulators) + bytes(MODULATOR)),
                (letter + b"gen", b"".join(self.generators) + bytes(GENERATOR))]


def renumber(generators, operator, indices):
    """The generators with the index of the record that `operator` names replaced; `indices` grows."""
    result = []
    for record in generators:
        kind, value = struct.unpack("<HH", record)
        if kind == operator:
            if value not in indices:
                indices.append(value)
            record = struct.pack("<HH", kind, indices.index(value))
        result.append(record)
    return result


def cut_preset(pdta, program):
    """phdr and its zones; the instruments that it uses."""
    presets = records(pdta[b"phdr"], PRESET)
    for preset, following in zip(presets, presets[1:]):
        number, bank, first = struct.unpack_from("<HHH", preset, 20)
        if (number, bank) == (program, 0):
            break
    else:
        fail(f"has no program {program} in bank 0")
    end = struct.unpack_from("<H", following, 24)[0]
    writer, instruments = ZoneWriter(), []
    for generators, modulators in Zones(pdta, b"p").of(first, end):
        writer.add(renumber(generators, INSTRUMENT_OF_ZONE, instruments), modulators)
    zones = writer.chunks(b"p")
    header = preset[:20] + struct.pack("<HHH", 0, 0, 0) + preset[26:]
    last = b"EOP".ljust(20, b"\0") + struct.pack("<HHH", 0, 0, len(writer.bags) - 1) + bytes(12)
    return [(b"phdr", header + last)] + zones, instruments


def cut_instruments(pdta, wanted):
    headers = records(pdta[b"inst"], INSTRUMENT)
    zones, writer, samples, result = Zones(pdta, b"i"), ZoneWriter(), [], b""
    for index in wanted:
        first = struct.unpack_from("<H", headers[index], 20)[0]
        end = struct.unpack_from("<H", headers[index + 1], 20)[0]
        result += headers[index][:20] + struct.pack("<H", len(writer.bags))
        for generators, modulators in zones.of(first, end):
            writer.add(renumber(generators, SAMPLE_OF_ZONE, samples), modulators)
    result += b"EOI".ljust(20, b"\0") + struct.pack("<H", len(writer.bags))
    return [(b"inst", result)] + writer.chunks(b"i"), samples


def cut_samples(pdta, sound, wanted):
    """shdr and smpl. Positions count bytes in compressed samples, else samples of two bytes."""
    headers = records(pdta[b"shdr"], SAMPLE)
    for index in wanted:  # grows in the loop: a stereo sample needs its other half
        link, kind = struct.unpack_from("<HH", headers[index], 42)
        if kind & 0b0110 and link not in wanted:
            wanted.append(link)
    table, bytes_of = b"", b""
    for index in wanted:
        header = headers[index]
        begin, end, loop_begin, loop_end = struct.unpack_from("<IIII", header, 20)
        link, kind = struct.unpack_from("<HH", header, 42)
        unit = 1 if kind & COMPRESSED else 2
        # The specification asks for 46 zeros after each sample of PCM.
        piece = sound[begin * unit:end * unit] + (b"" if unit == 1 else bytes(46 * unit))
        if unit == 2 and len(bytes_of) % 2 == 1:
            bytes_of += b"\0"
        at = len(bytes_of) // unit
        shift = 0 if kind & COMPRESSED else at - begin  # loops of Vorbis count from the sample's begin
        link = wanted.index(link) if kind & 0b0110 else 0
        table += header[:20]
        table += struct.pack("<IIII", at, at + end - begin, loop_begin + shift, loop_end + shift)
        table += header[36:42] + struct.pack("<HH", link, kind)
        bytes_of += piece
    return [(b"shdr", table + b"EOS".ljust(SAMPLE, b"\0"))], [(b"smpl", bytes_of)]


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + (b"\0" if len(data) % 2 else b"")


def chunk_list(name, inner):
    return chunk(b"LIST", name + b"".join(chunk(n, d) for n, d in inner))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("font")
    parser.add_argument("output")
    parser.add_argument("--program", type=int, default=0, help="General MIDI program; 0: grand piano")
    parser.add_argument("--comment", help="text file that becomes the comment of the font")
    flags = parser.parse_args()
    lists = read(flags.font)
    if flags.comment:
        with open(flags.comment, "rb") as file:
            text = file.read()
        comment = (b"ICMT", text + bytes(2 - len(text) % 2))  # texts of INFO have an even size
        lists[b"INFO"] = [c for c in lists[b"INFO"] if c[0] != b"ICMT"] + [comment]
    pdta = dict(lists[b"pdta"])
    presets, instruments = cut_preset(pdta, flags.program)
    instrument_chunks, samples = cut_instruments(pdta, instruments)
    headers, sound = cut_samples(pdta, dict(lists[b"sdta"])[b"smpl"], samples)
    body = (b"sfbk" + chunk_list(b"INFO", lists[b"INFO"]) + chunk_list(b"sdta", sound) +
            chunk_list(b"pdta", presets + instrument_chunks + headers))
    data = chunk(b"RIFF", body)
    with open(flags.output, "wb") as file:
        file.write(data)
    print(f"{flags.output}: {len(samples)} samples, {len(data)} bytes")


main()
