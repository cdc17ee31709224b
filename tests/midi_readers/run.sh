#!/bin/sh
# run.sh PNO TINY_MODEL: exit code 0: all readers agree, 1: they do not, 77: skipped.
set -eu
pno=$1
tiny_model=$2
here=$(cd "$(dirname "$0")" && pwd)

skip() {
  echo "skipped: $1" >&2
  exit 77
}

command -v npm >/dev/null || skip "no npm"
command -v python3 >/dev/null || skip "no python3"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$here/package.json" "$here/package-lock.json" "$here"/read.mjs .
npm ci --silent --no-audit --no-fund || skip "npm could not install"
python3 -m venv python && python/bin/pip install -q -r "$here/requirements.txt" || skip "pip could not install"

"$tiny_model" m.safetensors
generate() {
  name=$1
  shift
  "$pno" generate m.safetensors -o "$name.mid" --seed 1 --seconds 20 "$@" >/dev/null
}
generate plain
generate pedal --pedal
for scale in 0.1 0.3 0.9 1.1 1.25 3 10; do generate "scale-$scale" --tempo-scale "$scale"; done
generate continued --prime plain.mid --prime-seconds 5
generate continued-twice --prime continued.mid --prime-seconds 12 --prime-from 2 --tempo-scale 1.3

for file in *.mid; do
  "$pno" tokens "$file" >/dev/null
  node read.mjs "$file" midi-file >"$file.midi-file.json"
  node read.mjs "$file" tonejs >"$file.tonejs.json"
done
python/bin/python "$here/compare.py" ./*.mid
