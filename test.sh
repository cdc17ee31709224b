#!/usr/bin/env bash
# Installs missing packages, builds everything and runs the tests.
#   ./test.sh [slow] [--web]
# slow: all tests; without it all but the slow ones. --web: builds the page, too, and tests it in a
# browser; it needs Node.js, npm and Emscripten, which are installed.
# PNO_REAL_MUSIC in the environment names a folder with asap-midi.zip and pop909.zip (CONTRIBUTING.md);
# without it the tests that read them are skipped.
set -euo pipefail
cd "$(dirname "$0")"

chosen=(--label-exclude slow) with_web=()
for option in "$@"; do
  case "$option" in
    slow) chosen=() ;;
    --web) with_web=(--web) ;;
    *) echo "usage: $0 [slow] [--web]" >&2; exit 2 ;;
  esac
done

scripts/dependencies.sh --tests "${with_web[@]}"
cmake --preset release
if (( ${#with_web[@]} > 0 )); then
  # The page first: pno-serve has it inside, and its tests ask for each file.
  cmake --build --preset release --target page
fi
cmake --build --preset release
ctest --test-dir build/release --no-tests=error --output-on-failure --parallel "$(nproc)" "${chosen[@]}"
if (( ${#with_web[@]} > 0 )); then
  # shellcheck source=scripts/node_path.sh
  source scripts/node_path.sh
  npm --prefix web test
  npm --prefix web run e2e
fi
