#!/usr/bin/env bash
# Runs clang-tidy over the sources of a build folder; fails if it finds anything.
#   scripts/tidy.sh                   all sources
#   scripts/tidy.sh --changed         the .cpp files that differ from the last commit that is six hours
#                                     older than the newest, at most 40, those changed last first
#   scripts/tidy.sh [--changed] BUILD
# Without BUILD it configures build/tidy, with training if LibTorch is installed. A folder of yours must
# have CMAKE_DISABLE_PRECOMPILE_HEADERS on, because clang cannot read those of another compiler, and
# PNO_UNITY off.
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=$(command -v clang-tidy-14 || command -v clang-tidy) ||
  { echo "tidy.sh: clang-tidy is missing; install Debian's package clang-tidy-14" >&2; exit 1; }

changed=no
if [[ ${1:-} == --changed ]]; then changed=yes; shift; fi
build=${1:-build/tidy}
configure() {
  cmake -S . -B "$build" -G Ninja -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DPNO_UNITY=OFF "$@" > /dev/null
}
if [[ $# == 0 ]]; then
  benchmarks=OFF
  if pkg-config --exists benchmark; then benchmarks=ON; fi
  configure -DPNO_BENCHMARKS=$benchmarks -DPNO_TRAIN=ON 2> /dev/null ||
    configure -DPNO_BENCHMARKS=$benchmarks -DPNO_TRAIN=OFF
fi

# The names of changed files, those of the newest commits first, each once.
changed_files() {
  local newest since
  newest=$(git log -1 --format=%ct)
  since=$(git rev-list -1 --before="$((newest - 6 * 3600))" HEAD)
  [[ -n $since ]] || since=$(git rev-list --max-parents=0 HEAD | tail -n 1)
  { git diff --name-only HEAD; git log --name-only --format= "$since..HEAD"; } |
    grep '\.cpp$' | awk '!seen[$0]++' | while read -r file; do
      if [[ -f $file ]] && ! git diff --quiet "$since" -- "$file"; then echo "$PWD/$file"; fi
    done
}

sources=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" |
  grep -E "^$PWD/(src|tests|fuzz|bench)/" | sort -u)
if [[ $changed == yes ]]; then
  most=40
  chosen=$(changed_files | grep -Fx "$sources" || true)
  sources=$(head -n "$most" <<< "$chosen")
  echo "clang-tidy: $(grep -c . <<< "$sources" || true) of $(grep -c . <<< "$chosen" || true) changed files"
  [[ -n $sources ]] || exit 0
fi

# The count of warnings in headers of libraries, on stderr, is dropped.
xargs -P "$(nproc)" -n 1 "$tidy" -p "$build" --quiet <<< "$sources" 2> >(grep -v ' warnings\? generated\.$' >&2)
