#!/usr/bin/env bash
# examples/pytorch_forward.py and pno eval find the same NLL, to 1e-4 nats per token, for every kind
# of attention and every type of stored weights. Needs a Python with torch (Debian's python3-torch).
#   pytorch_forward_test.sh SOURCE FOLDER_OF_PNO TINY_MODEL
set -euo pipefail
source=$1 pno=$2/pno tiny_model=$3
python=
for candidate in "${PYTHON:-}" python3 /usr/bin/python3; do
  if [ -n "$candidate" ] && "$candidate" -c 'import torch' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "skipped: no Python with torch"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

music=$source/data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid
"$pno" prepare "$music" -o music.notes --split 0/0/100 >/dev/null
"$pno" tokens "$music" >music.txt
failed=0

# compare NAME MODEL
compare() {
  local expected found
  expected=$("$pno" eval "$2" music.notes --split test --json |
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["nll"])')
  found=$("$python" "$source/examples/pytorch_forward.py" "$2" music.txt)
  echo "$1: pno eval $expected, torch $found"
  "$python" -c "import sys; sys.exit(not abs($expected - $found) < 1e-4)" ||
    { echo "$1: differs by more than 1e-4"; failed=1; }
}

for attention in relative absolute relative_local shaw; do
  "$tiny_model" "$attention.safetensors" "$attention"
  compare "$attention" "$attention.safetensors"
done
compare "BF16" "$source/models/piano.safetensors"
"$pno" export relative.safetensors -o int8.safetensors --precision int8 >/dev/null
compare "I8" int8.safetensors
exit $failed
