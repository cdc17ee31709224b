#!/usr/bin/env bash
# Runs clang-tidy over every source of a build folder; fails if it finds anything.
#   scripts/tidy.sh [BUILD]
# Without BUILD it configures build/tidy, with training if LibTorch is installed. Your own folder must have
# CMAKE_DISABLE_PRECOMPILE_HEADERS on: clang cannot read the precompiled headers of another compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) ||
  { echo "tidy.sh: clang-tidy is missing; install Debian's package clang-tidy" >&2; exit 1; }

build=${1:-build/tidy}
configure() {
  cmake -S . -B "$build" -G Ninja -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "$@" > /dev/null
}
if [ $# = 0 ]; then
  benchmarks=OFF
  if pkg-config --exists benchmark; then benchmarks=ON; fi
  configure -DPNO_BENCHMARKS=$benchmarks -DPNO_TRAIN=ON 2> /dev/null ||
    configure -DPNO_BENCHMARKS=$benchmarks -DPNO_TRAIN=OFF
fi

# The count of warnings in headers of libraries, on stderr, is dropped.
sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" |
  grep -E "^$PWD/(src|tests|fuzz|bench)/" | sort -u |
  xargs -P "$(nproc)" -n 1 "$tidy" -p "$build" --quiet 2> >(grep -v ' warnings\? generated\.$' >&2)
