#!/bin/sh
# run.sh DUMP_PROGRAM REAL_MUSIC: exit code 0: same notes, 1: other notes, 77: skipped.
set -eu
dump=$1
music=$2
cd "$(dirname "$0")"

skip() {
  echo "skipped: $1" >&2
  exit 77
}

[ -f "$music/asap-midi.zip" ] && [ -f "$music/pop909.zip" ] || skip "no asap-midi.zip and pop909.zip in $music"
command -v npm >/dev/null || skip "no npm"
[ -d node_modules/@tonejs/midi ] || npm ci --silent --no-audit --no-fund || skip "npm could not install"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$dump" "$music/asap-midi.zip" 25 "$folder"
"$dump" "$music/pop909.zip" 10 "$folder"
node compare.mjs "$folder"
