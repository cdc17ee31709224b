#!/usr/bin/env bash
# Installs missing packages, builds everything and runs the tests.
#   ./test.sh        all but the slow ones
#   ./test.sh slow   all
# PNO_REAL_MUSIC in the environment names a folder with asap-midi.zip and pop909.zip (CONTRIBUTING.md);
# without it the tests that read them are skipped.
set -euo pipefail
cd "$(dirname "$0")"

case "${1:-}" in
  "") chosen=(--label-exclude slow) ;;
  slow) chosen=() ;;
  *) echo "usage: $0 [slow]" >&2; exit 2 ;;
esac

scripts/dependencies.sh --tests
cmake --preset release
cmake --build --preset release
ctest --test-dir build/release --no-tests=error --output-on-failure --parallel "$(nproc)" "${chosen[@]}"
