#!/bin/sh
# run.sh PNO DATA_MINI: exit code 0: same scalars, 1: other scalars, 77: skipped.
set -eu
pno=$1
mini=$2
cd "$(dirname "$0")"

skip() {
  echo "skipped: $1" >&2
  exit 77
}

command -v npm > /dev/null || skip "no npm"
[ -d node_modules/tfrecord ] || npm ci --silent --no-audit --no-fund --ignore-scripts ||
  skip "npm could not install"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$pno" prepare "$mini" -o "$folder/mini.notes"
# Three calls, the later ones with --resume, write three event files.
for steps in 15 30 45; do
  resume=
  [ "$steps" = 15 ] || resume=--resume
  "$pno" train "$folder/mini.notes" -o "$folder/run" --steps "$steps" --schedule constant \
    --layers 1 --heads 2 --width 16 --attention-width 16 --ff-width 32 --context 64 \
    --max-distance 64 --batch 2 --validation-steps 10 --validation-windows 4 --device cpu $resume
done
node compare.mjs "$folder/run"
