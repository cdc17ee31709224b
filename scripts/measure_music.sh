#!/usr/bin/env bash
# Measures the music of a model beside real music: drones, restrikes, trills and more, unprimed and with
# primes of a dataset, as the tables of docs/generate.md.
#
#   scripts/measure_music.sh MODEL DATASET OUT [SETTING…]
#
# Writes OUT/unprimed.md, OUT/primed.md, and OUT/rows.jsonl with a line for each row. SETTING is text such as
# 'temperature=0.9 top_p=0.95'; without one the defaults are measured. Environment: MINUTES of music for each
# setting and table (100), SPLIT of the primes and of the real music (validation), SEED (1), THREADS (1),
# PRIME_SECONDS (20), PIECE_SECONDS (120), BUILD folder (build/engine).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
model=$(realpath "$1") dataset=$(realpath "$2") out=$3
shift 3
mkdir -p "$out"
out=$(realpath "$out")
cd "$(dirname "$0")/.."
build=${BUILD:-build/engine}
[ -f "$build/build.ninja" ] || cmake --preset engine >&2
cmake --build "$build" --target measure_music >&2
settings=()
for setting in "${@:-}"; do settings+=(--setting "$setting"); done
measure() { # FILE FLAG…
  local file=$1
  shift
  local command=("$build/measure_music" --model "$model" --dataset "$dataset" --split "${SPLIT:-validation}"
    --minutes "${MINUTES:-100}" --piece-seconds "${PIECE_SECONDS:-120}" --seed "${SEED:-1}"
    --threads "${THREADS:-1}" --json "$out/rows.jsonl" "$@" "${settings[@]}")
  {
    echo "\`$(basename "$model")\`, SHA-256 $(sha256sum "$model" | cut -c1-16)…, commit $(git rev-parse --short HEAD)"
    echo
    printf '    '
    printf '%q ' "${command[@]##*/}"
    printf '\n\n'
    "${command[@]}"
  } | tee "$file"
}
measure "$out/unprimed.md" --real
measure "$out/primed.md" --prime-seconds "${PRIME_SECONDS:-20}"
