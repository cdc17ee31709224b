#!/usr/bin/env bash
# Builds the page into web/dist: the engine for the browser, the model in int8, and the rest with npm.
#   scripts/build_page.sh PNO        PNO is the program, build/release/pno
set -euo pipefail
pno=$(realpath "$1")
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node_path.sh
source scripts/node_path.sh

for tool in emcc node npm; do
  command -v "$tool" > /dev/null ||
    { echo "build_page: $tool was not found; scripts/dependencies.sh --web installs it" >&2; exit 1; }
done
cmake --preset wasm > /dev/null
cmake --build build/wasm
mkdir -p build/page
"$pno" export models/piano.safetensors -o build/page/piano.safetensors --precision int8
cd web
npm ci --loglevel=error --no-audit --no-fund
npm run build
