#!/usr/bin/env bash
# Builds the engine for the browser, plays a model with it in Node.js and in headless Chromium, and
# compares the tokens with those of the native engine. Skipped if one of the tools is missing.
#   wasm_test.sh SOURCE BUILD TINY_MODEL PLAY_TOKENS [MODEL [COUNT]]
# With a MODEL it prints the speed of that model.
set -euo pipefail
source=$1 build=$2 tiny_model=$3 play_tokens=$4
model=${5:-} count=${6:-500}

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
for tool in emcc node "${chromium:-chromium}"; do
  if ! command -v "$tool" > /dev/null; then
    echo "wasm_test: skipped: $tool was not found; scripts/dependencies.sh --web installs it"
    exit 77
  fi
done

folder=$build/wasm
(cd "$source" && cmake --preset wasm -B "$folder") > "$build/wasm_configure.log" || { cat "$build/wasm_configure.log" >&2; exit 1; }
cmake --build "$folder" > "$build/wasm_build.log" || { cat "$build/wasm_build.log" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compare() {  # MODEL COUNT PRECISION
  echo "$(basename "$1" .safetensors), $3"
  PNO_SIMD=sse4 "$play_tokens" "$@" > "$work/native.json"
  node "$source/tests/wasm/run.mjs" node "$folder" "$@" > "$work/node.json"
  node "$source/tests/wasm/run.mjs" "$chromium" "$folder" "$@" > "$work/chromium.json"
  node "$source/tests/wasm/compare.mjs" "$work/native.json" "$work/node.json" "$work/chromium.json"
}

if [[ -n $model ]]; then
  for precision in f32 bf16 int8; do compare "$model" "$count" "$precision"; done
  exit
fi
for attention in relative absolute relative_local shaw; do
  "$tiny_model" "$work/$attention.safetensors" "$attention"
  compare "$work/$attention.safetensors" "$count" f32
done
compare "$work/relative.safetensors" "$count" bf16
compare "$work/relative.safetensors" "$count" int8
size=$(stat --format=%s "$folder/pno_engine.wasm")
compressed=$(gzip -9 --stdout "$folder/pno_engine.wasm" | wc -c)
echo "pno_engine.wasm: $size bytes, $compressed compressed"
(( compressed < 400000 )) || { echo "wasm_test: the engine has grown too large for a page" >&2; exit 1; }
