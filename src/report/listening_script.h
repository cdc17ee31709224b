#pragma once

// The script and the style of the page of a listening test. docs/quality.md describes the answers.

#include <string_view>

namespace pno::report {

inline constexpr std::string_view kListeningStyle = R"css(
button, input {
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--grid);
  border-radius: 8px; padding: 10px 16px; margin: 4px 6px 4px 0;
}
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); font-weight: 600; }
button:disabled { opacity: .45; }
kbd { border: 1px solid var(--grid); border-radius: 4px; padding: 0 5px; font-size: 12px; color: var(--soft); }
textarea { width: 100%; min-height: 180px; background: var(--card); color: inherit; border: 1px solid var(--grid); border-radius: 8px; }
.rolls { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 14px; }
.rolls[hidden] { display: none; }
.roll { display: block; width: 100%; height: auto; background: var(--card); border-radius: 6px; }
.roll rect { fill: var(--line-2); }
.step { margin: 22px 0 4px; color: var(--soft); }
)css";

inline constexpr std::string_view kListeningScript = R"js(
'use strict';
const test = JSON.parse(document.getElementById('test').textContent);
const count = test.pairs.length;
const key = 'pno-listening-test-' + test.test;
const byId = (id) => document.getElementById(id);
let state = { listener: '', answers: Array(count).fill(null), at: 0 };
try {
  const kept = JSON.parse(localStorage.getItem(key) || 'null');
  if (kept && Array.isArray(kept.answers) && kept.answers.length === count) state = kept;
} catch (unavailable) { /* a page without storage keeps its answers until it is closed */ }
const sounds = new Map();
const played = Array.from({ length: count }, () => [false, false]);
let playing = null, rollsShown = false;

function keep() {
  try { localStorage.setItem(key, JSON.stringify(state)); } catch (unavailable) { /* as above */ }
}
function stop() {
  if (playing) { playing.pause(); playing.currentTime = 0; playing = null; }
  byId('play-0').setAttribute('aria-pressed', 'false');
  byId('play-1').setAttribute('aria-pressed', 'false');
}
function play(side) {
  stop();
  const name = state.at + '-' + side;
  if (!sounds.has(name)) {
    sounds.set(name, new Audio('data:audio/flac;base64,' + test.pairs[state.at][side]));
  }
  playing = sounds.get(name);
  playing.onended = stop;
  const started = playing.play();
  if (started) started.catch((reason) => { byId('status').textContent = 'The sound cannot be played: ' + reason.message; });
  played[state.at][side] = true;
  byId('play-' + side).setAttribute('aria-pressed', 'true');
  show();
}
function answer(choice) {
  if (!mayAnswer()) return;
  state.answers[state.at] = choice;
  keep();
  show();
}
function mayAnswer() {
  return state.answers[state.at] !== null || played[state.at].every(Boolean);
}
function move(by) {
  const next = Math.min(Math.max(state.at + by, 0), count - 1);
  if (next === state.at) return;
  stop();
  state.at = next;
  rollsShown = false;
  keep();
  show();
  byId('play-0').focus();
}
function results() {
  const answers = [];
  state.answers.forEach((choice, i) => { if (choice !== null) answers.push({ pair: i + 1, answer: choice }); });
  return JSON.stringify({ test: test.test, listener: state.listener, answers }, null, 1);
}
function show() {
  const answered = state.answers.filter((choice) => choice !== null).length;
  byId('where').textContent = 'Pair ' + (state.at + 1) + ' of ' + count + ', ' + answered + ' answered';
  for (const choice of ['first', 'second', 'equal']) {
    const button = byId(choice);
    button.disabled = !mayAnswer();
    button.setAttribute('aria-pressed', String(state.answers[state.at] === choice));
  }
  byId('status').textContent = mayAnswer() ? '' : 'Listen to both before you answer.';
  byId('back').disabled = state.at === 0;
  byId('next').disabled = state.at === count - 1;
  byId('rolls-button').setAttribute('aria-pressed', String(rollsShown));
  document.querySelectorAll('.rolls').forEach((rolls, i) => { rolls.hidden = !(rollsShown && i === state.at); });
  byId('results').value = results();
}
function toggleRolls() { rollsShown = !rollsShown; show(); }

byId('listener').value = state.listener;
byId('listener').addEventListener('input', (event) => { state.listener = event.target.value; keep(); show(); });
byId('play-0').addEventListener('click', () => play(0));
byId('play-1').addEventListener('click', () => play(1));
byId('stop').addEventListener('click', stop);
byId('rolls-button').addEventListener('click', toggleRolls);
for (const choice of ['first', 'second', 'equal']) byId(choice).addEventListener('click', () => answer(choice));
byId('back').addEventListener('click', () => move(-1));
byId('next').addEventListener('click', () => move(1));
byId('copy').addEventListener('click', async () => {
  byId('results').select();
  let copied = false;
  try { await navigator.clipboard.writeText(results()); copied = true; } catch (refused) { copied = document.execCommand('copy'); }
  byId('copied').textContent = copied ? 'Copied.' : 'Copy the text below by hand.';
});
const keys = {
  1: () => play(0), 2: () => play(1), 0: stop, r: toggleRolls, a: () => answer('first'), b: () => answer('second'),
  e: () => answer('equal'), ArrowLeft: () => move(-1), ArrowRight: () => move(1),
};
document.addEventListener('keydown', (event) => {
  const isText = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  const action = keys[event.key];
  if (isText || event.ctrlKey || event.metaKey || event.altKey || !action) return;
  event.preventDefault();
  action();
});
show();
)js";

}  // namespace pno::report
