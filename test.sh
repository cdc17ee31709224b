#!/usr/bin/env bash
# Installs what is missing, builds everything and runs the tests.
#   ./test.sh        all but the slow ones
#   ./test.sh slow   all
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
