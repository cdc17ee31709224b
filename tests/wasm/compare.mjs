// Compares the tokens and logits of Node.js and Chromium with those of the native engine.
//   node compare.mjs NATIVE.json NODE.json CHROMIUM.json

import { readFileSync } from "node:fs";

// Both sides add products in the same order with vectors of 128 bits. They differ in the exponentials of
// two C libraries and, in browsers that fuse them, in multiplications and additions.
const MOST_DIFFERENCE = 1e-5;
const TOKENS_PER_MINUTE = 2000; // of piano music, about

const [native, ...others] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
for (const [index, other] of others.entries()) {
  const name = ["Node.js", "Chromium"][index];
  const wrong = native.tokens.findIndex((token, i) => token !== other.tokens[i]);
  if (wrong >= 0) {
    console.error(`${name}: token ${wrong} is ${other.tokens[wrong]}, natively ${native.tokens[wrong]}`);
    process.exit(1);
  }
  const difference = Math.max(...native.logits.map((logit, i) => Math.abs(logit - other.logits[i])));
  if (!(difference <= MOST_DIFFERENCE)) {
    console.error(`${name}: logits differ by ${difference}, more than ${MOST_DIFFERENCE}`);
    process.exit(1);
  }
  const realTime = (other.tokensPerSecond * 60) / TOKENS_PER_MINUTE;
  console.log(
    `${name}: ${native.tokens.length} tokens as natively, logits within ${difference.toExponential(1)}, ` +
      `${other.tokensPerSecond.toFixed(0)} tokens/s, ${realTime.toFixed(0)} times real time`,
  );
}
