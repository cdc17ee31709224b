// compare.mjs RUN: every scalar of RUN/metrics.jsonl is in RUN/tb/, read by the npm package
// `tfrecord` (framing and checksums) and protobufjs with the messages as TensorBoard declares them
// (tensorboard/compat/proto/event.proto and summary.proto, the fields used here).
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const { RecordReader } = require('tfrecord/lib/record_reader');
const protobuf = require('protobufjs');

const { root } = protobuf.parse(`
  syntax = "proto3";
  package tensorboard;
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; SessionLog session_log = 7; }
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1; string checkpoint_path = 2; string msg = 3;
  }
  message Summary {
    message Value { string tag = 1; float simple_value = 2; string node_name = 7; }
    repeated Value value = 1;
  }`);
const Event = root.lookupType('tensorboard.Event');

const run = process.argv[2];
const fail = (text) => { console.error(text); process.exit(1); };

const scalars = new Map(); // "step tag" to value; the last one counts, as for TensorBoard
for (const name of readdirSync(join(run, 'tb')).sort()) {
  if (!name.includes('tfevents')) fail(`${name}: TensorBoard does not read files of this name`);
  const reader = await RecordReader.create(join(run, 'tb', name));
  let first = true;
  for (let record; (record = await reader.readRecord()); first = false) {
    const event = Event.toObject(Event.decode(record), { longs: Number });
    if (first && event.fileVersion !== 'brain.Event:2') fail(`${name}: its first event is not a version`);
    if (event.sessionLog) {
      for (const key of scalars.keys()) {
        if (Number(key.split(' ')[0]) >= event.step) scalars.delete(key);
      }
    }
    for (const { tag, simpleValue } of event.summary?.value ?? []) {
      scalars.set(`${event.step} ${tag}`, simpleValue);
    }
  }
}

let compared = 0;
for (const line of readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n')) {
  const { step, ...values } = JSON.parse(line);
  for (const [tag, value] of Object.entries(values)) {
    const there = scalars.get(`${step} ${tag}`);
    // The file holds a float, the log seven digits.
    const close = there !== undefined && Math.abs(there - value) <= 2e-6 * Math.abs(value);
    // Two lines of a step may share a tag: seconds.
    if (!close && tag !== 'seconds') fail(`step ${step}, ${tag}: ${there} in the event file, ${value} in the log`);
    compared += 1;
  }
}
if (compared === 0) fail('nothing was compared');
console.log(`${compared} scalars are the same`);
