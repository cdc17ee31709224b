#!/usr/bin/env bash
# From nothing to music: installs what is missing, builds pno, and lets the model that comes with it
# go on playing where a pianist it never heard stopped. A few minutes, most of them for the compiler.
#   ./demo.sh          that
#   ./demo.sh MODEL    the same with a model file of yours
#   ./demo.sh train    then trains a small model of your own on the performances in data/mini, shows
#                      the run as a page, and lets that model play, too: a quarter of an hour
# What is already there is used again; after rm -r demo it begins anew.
set -euo pipefail

with_train=no model=()
case "${1:-}" in
  "") ;;
  train) with_train=yes ;;
  *)
    [[ -f $1 ]] || { echo "usage: $0 [train | MODEL]; there is no file $1" >&2; exit 2; }
    model=("$(realpath "$1")")
    ;;
esac
cd "$(dirname "$0")"

prime=data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid

if [[ $with_train == yes ]]; then scripts/dependencies.sh; else scripts/dependencies.sh --no-train; fi
# Where ./test.sh has configured a build with everything, that one is used, and stays as it is.
build=build/release targets=(pno)
if [[ $with_train == yes ]]; then
  targets+=(pno-train)
  [[ -f $build/build.ninja ]] || cmake --preset release -D PNO_TESTS=OFF
elif [[ ! -f $build/build.ninja ]]; then
  build=build/engine
  cmake --preset engine -D PNO_TESTS=OFF
fi
cmake --build "$build" --target "${targets[@]}"
pno=$build/pno

# play NAME [MODEL]: demo/NAME.mid, .wav and .png.
play() {
  local name=$1; shift
  "$pno" generate "$@" --prime "$prime" --prime-seconds 10 --seconds 30 --top-p 0.97 --seed 1 -o "demo/$name.mid"
  "$pno" render "demo/$name.mid" -o "demo/$name.wav"
  "$pno" show "demo/$name.mid" -o "demo/$name.png" --prime-seconds 10 \
    --title "Ten seconds of a pianist, then pno"
}

mkdir -p demo
play continuation "${model[@]}"
cat << END

Ten seconds of a performance the model never heard, and how it goes on:
  notes    demo/continuation.mid
  sound    demo/continuation.wav
  picture  demo/continuation.png
  model    ${model[0]:-models/piano.safetensors, told of in models/README.md}
END

if [[ $with_train == yes ]]; then
  run=demo/run
  [[ -f demo/mini.notes ]] || "$pno" prepare data/mini -o demo/mini.notes
  if [[ ! -f demo/trained ]]; then
    resume=()
    [[ -d $run/checkpoint ]] && resume=(--resume)
    "$pno" train demo/mini.notes -o "$run" --preset demo "${resume[@]}"
    touch demo/trained
  fi
  "$pno" report "$run"
  play yours "$run/model.safetensors"
  cat << END

The same from a model that this machine has trained on the 91 minutes of music in data/mini:
  notes    demo/yours.mid
  sound    demo/yours.wav
  picture  demo/yours.png
  model    $run/model.safetensors
  the run  $run/report.html
END
fi

cat << END

The models and their music derive from the ASAP dataset: CC BY-NC-SA 4.0, see data/mini/LICENSE.
END
