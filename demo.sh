#!/usr/bin/env bash
# Installs missing packages, builds pno, and continues ten seconds of a performance with the model
# that comes with pno. A few minutes, most of them for the compiler.
#   ./demo.sh          that
#   ./demo.sh MODEL    the same with your model file
#   ./demo.sh page     also builds the page and opens it in the browser; it needs Emscripten, Node.js and
#                      npm, which are installed
#   ./demo.sh train    also trains a small model on the performances in data/mini, writes a report
#                      of the run, and generates with that model: a quarter of an hour
# Results of an earlier call are used again; rm -r demo removes them.
set -euo pipefail

with_train=no with_page=no model=()
case "${1:-}" in
  "") ;;
  train) with_train=yes ;;
  page) with_page=yes ;;
  *)
    [[ -f $1 ]] || { echo "usage: $0 [page | train | MODEL]; $1: no such file" >&2; exit 2; }
    model=("$(realpath "$1")")
    ;;
esac
cd "$(dirname "$0")"

prime=data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid

needed=()
if [[ $with_train == no ]]; then needed+=(--no-train); fi
if [[ $with_page == yes ]]; then needed+=(--web); fi
scripts/dependencies.sh "${needed[@]}"
# If ./test.sh has configured a full build, that one is used and not reconfigured.
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

if [[ $with_page == yes ]]; then
  cmake --build "$build" --target page
  cmake --build "$build" --target pno-serve
  exec "$pno" serve --open
fi

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

Ten seconds of a performance outside the training data, and the model's continuation:
  notes    demo/continuation.mid
  sound    demo/continuation.wav
  picture  demo/continuation.png
  model    ${model[0]:-models/piano.safetensors, see models/README.md}
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

The same with a model that was trained here, on the 91 minutes of music in data/mini:
  notes    demo/yours.mid
  sound    demo/yours.wav
  picture  demo/yours.png
  model    $run/model.safetensors
  the run  $run/report.html
END
fi

cat << END

In the browser, with a piano roll, as a duet and on a phone: ./demo.sh page

The models and their music derive from the ASAP dataset: CC BY-NC-SA 4.0, see data/mini/LICENSE.
END
