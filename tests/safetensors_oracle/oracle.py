#!/usr/bin/env python3
"""An independent implementation of safetensors, from the format's public description
(https://huggingface.co/docs/safetensors), with Python's standard library alone.

    oracle.py write FILE     writes a file with every type, odd names, shapes and an odd header
    oracle.py read FILE      prints the contents of a file as JSON, values as Python reads them
"""

import json
import struct
import sys

# Size of an element in bytes, and its letter in the struct module; None if that lacks the type.
TYPES = {
    'BOOL': (1, '?'), 'U8': (1, 'B'), 'I8': (1, 'b'), 'U16': (2, 'H'), 'I16': (2, 'h'),
    'F16': (2, 'e'), 'BF16': (2, None), 'U32': (4, 'I'), 'I32': (4, 'i'), 'F32': (4, 'f'),
    'U64': (8, 'Q'), 'I64': (8, 'q'), 'F64': (8, 'd'),
}


def count(shape):
    product = 1
    for length in shape:
        product *= length
    return product


def pack(dtype, values):
    letter = TYPES[dtype][1]
    if letter is None:  # the upper half of a float32
        return b''.join(struct.pack('<f', value)[2:] for value in values)
    return struct.pack(f'<{len(values)}{letter}', *values)


def unpack(dtype, data):
    size, letter = TYPES[dtype]
    if letter is None:
        return [struct.unpack('<f', b'\0\0' + data[i:i + 2])[0] for i in range(0, len(data), 2)]
    return list(struct.unpack(f'<{len(data) // size}{letter}', data))


def write(path):
    tensors = [  # name, dtype, shape, values; in the order of the data
        ('weights.é "quoted"', 'F32', [2, 3], [0.0, -0.0, 1.5, 3.4028234663852886e38, 1e-45, float('inf')]),
        ('double', 'F64', [3], [0.1, -1e300, 5e-324]),
        ('whole', 'I64', [1, 1, 3], [-2**63, -1, 2**63 - 1]),
        ('unsigned', 'U64', [2], [0, 2**64 - 1]),
        ('scalar', 'I32', [], [-2**31]),
        ('u32', 'U32', [2], [7, 2**32 - 1]),
        ('half', 'F16', [4], [0.5, -65504.0, 6e-08, 1.0]),
        ('brain', 'BF16', [2, 2], [1.0, -2.5, 3.3895313892515355e38, 0.0]),
        ('u16', 'U16', [2], [0, 65535]),
        ('i16', 'I16', [2], [-32768, 32767]),
        ('bytes', 'U8', [3], [0, 127, 255]),
        ('signed bytes', 'I8', [2], [-128, 127]),
        ('flags', 'BOOL', [3], [True, False, True]),
        ('empty', 'U8', [0, 5], []),
    ]
    body, entries = b'', {}
    for name, dtype, shape, values in tensors:
        data = pack(dtype, values)
        assert len(values) == count(shape)
        entries[name] = {'shape': shape, 'data_offsets': [len(body), len(body) + len(data)], 'dtype': dtype}
        body += data
    header = {'__metadata__': {'title': 'Für Élise', 'empty': '', 'lines': 'a\nb\t"c" \\ 🎹'}}
    for name in sorted(entries):  # another order than that of the data
        header[name] = entries[name]
    text = json.dumps(header).encode()  # other characters than ASCII become \u escapes
    text += b' ' * (-(8 + len(text)) % 8 + 8)  # more padding than necessary
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + body)


def read(path):
    with open(path, 'rb') as file:
        everything = file.read()
    (length,) = struct.unpack('<Q', everything[:8])
    header = json.loads(everything[8:8 + length].decode('utf-8', 'strict'))
    body = everything[8 + length:]
    assert (8 + length) % 8 == 0, 'the data is not aligned'
    metadata = header.pop('__metadata__', {})
    assert all(isinstance(value, str) for value in metadata.values())
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]['data_offsets']):
        first, last = entry['data_offsets']
        size = TYPES[entry['dtype']][0]
        assert first == end, 'a gap or an overlap'
        assert last - first == size * count(entry['shape'])
        assert first % size == 0, 'a tensor is not aligned'
        tensors[name] = {'dtype': entry['dtype'], 'shape': entry['shape'],
                         'values': unpack(entry['dtype'], body[first:last])}
        end = last
    assert end == len(body), 'bytes after the last tensor'
    print(json.dumps({'metadata': metadata, 'tensors': tensors}))


if __name__ == '__main__':
    if len(sys.argv) != 3 or sys.argv[1] not in ('read', 'write'):
        sys.exit(__doc__)
    (write if sys.argv[1] == 'write' else read)(sys.argv[2])
