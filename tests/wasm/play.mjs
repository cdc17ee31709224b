// Runs the engine in Node.js and in the browser; the result is compared with play_tokens.cpp's.

/**
 * @param {ReturnType<typeof import("../../wasm/pno.js").loadPno>} pno
 * @param {ArrayBuffer} bytes of a model file
 * @param {number} count of tokens to draw
 * @param {string} precision
 */
export function play(pno, bytes, count, precision) {
  const model = pno.openModel(bytes, precision);
  const session = model.openSession({ seed: 7, top_p: 0.95 });
  session.step(model.token("BOS"));
  const tokens = [];
  const start = performance.now();
  for (let i = 0; i < count; ++i) {
    tokens.push(session.draw());
    session.step(tokens.at(-1));
  }
  const seconds = (performance.now() - start) / 1e3;
  const result = { tokens, logits: [...session.logits()], tokensPerSecond: count / seconds };
  checkTheRest(pno, model, session, tokens);
  session.close();
  model.close();
  return result;
}

function expect(condition, claim) {
  if (!condition) throw new Error(`this does not hold: ${claim}`);
}

function sentence(work) {
  try {
    work();
  } catch (error) {
    return error.message;
  }
  throw new Error("nothing was thrown");
}

// The rest of pno.js.
function checkTheRest(pno, model, session, tokens) {
  expect(/^\d+\.\d+\.\d+$/.test(pno.version), "the version has three numbers");
  expect(pno.options.some(({ name, value }) => name === "temperature" && value === "0.95"), "options are listed");
  expect(model.metadata("format") === "pno.model" && model.metadata("no") === null, "metadata is text");
  expect(session.position === tokens.length + 1, "the position counts tokens");

  const middle = model.event(model.token("NOTE_ON", 60));
  expect(middle.kind === "NOTE_ON" && middle.value === 60, "a token is its event");
  expect(model.seconds(model.token("TIME_SHIFT", 50)) === 0.5, "a shift has seconds");
  expect(model.velocityBin(model.binVelocity(3)) === 3, "bins have velocities");

  const midi = model.midiOfTokens(tokens);
  expect(String.fromCharCode(...midi.subarray(0, 4)) === "MThd", "tokens become MIDI");
  expect(model.tokensOfMidi(midi)[0] === model.token("BOS"), "MIDI becomes tokens");

  const { notes, isDamaged } = pno.notesOfMidi(midi);
  expect(notes.length > 0 && !isDamaged, "MIDI becomes notes");
  const { notes: again } = pno.notesOfMidi(pno.midiOfNotes(notes, "Title", "Text"));
  expect(JSON.stringify(again) === JSON.stringify(notes), "notes become MIDI");
  const encoded = model.tokensOfNotes(notes);
  expect(encoded[0] === model.token("BOS") && encoded.length > notes.length, "notes become tokens");

  const fork = session.fork();
  const next = session.draw();
  expect(fork.draw() === next, "a fork draws the same");
  fork.close();
  session.step(next);
  session.rewind(session.position - 1);
  session.step(next);
  session.reset();
  session.read(tokens.slice(0, 20));
  expect(session.position === 20 && session.earliestRewind === 0, "many tokens are read at once");

  expect(sentence(() => session.set("temperature", -1)).includes("temperature is -1"), "options are checked");
  expect(sentence(() => session.step(60000)).includes("outside the model's vocabulary"), "tokens are checked");
  const noModel = new TextEncoder().encode("not a model");
  expect(sentence(() => pno.openModel(noModel)).startsWith("the model: is not a safetensors file"), "files are checked");
}
