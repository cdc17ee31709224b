#!/usr/bin/env bash
# From nothing to music: installs what is missing, builds pno, trains a small model on the
# performances in data/mini, and lets it go on playing where a pianist it never heard stopped.
# At most ten minutes on two cores. What is already there is used again; ./demo.sh in a fresh
# folder, or after rm -r demo, begins anew.
set -euo pipefail
cd "$(dirname "$0")"

prime=data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid
model=demo/run/model.safetensors

scripts/dependencies.sh
# The folder that ./test.sh builds in, tests and all: neither undoes what the other configured.
[[ -f build/release/build.ninja ]] || cmake --preset release -D PNO_TESTS=OFF
cmake --build build/release --target pno pno-train
pno=build/release/pno

mkdir -p demo
[[ -f demo/mini.notes ]] || "$pno" prepare data/mini -o demo/mini.notes

if [[ ! -f demo/trained ]]; then
  resume=()
  [[ -d demo/run/checkpoint ]] && resume=(--resume)
  "$pno" train demo/mini.notes -o demo/run --preset demo "${resume[@]}"
  touch demo/trained
fi

"$pno" generate "$model" --prime "$prime" --prime-seconds 10 --seconds 30 --seed 1 \
  -o demo/continuation.mid
"$pno" render demo/continuation.mid -o demo/continuation.wav
"$pno" show demo/continuation.mid -o demo/continuation.png --prime-seconds 10 \
  --title "Ten seconds of a pianist, then pno"

cat << END

Ten seconds of a performance the model never heard, and how it goes on:
  notes    demo/continuation.mid
  sound    demo/continuation.wav
  picture  demo/continuation.png
  model    $model

The model and its music derive from the ASAP dataset: CC BY-NC-SA 4.0, see data/mini/LICENSE.
END
