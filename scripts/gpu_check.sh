#!/usr/bin/env bash
# On a machine with an NVIDIA GPU, nvcc and PyTorch: builds pno-train with PyTorch's LibTorch, tests
# the CUDA kernels, with compute-sanitizer too, and measures a training step.
#   scripts/gpu_check.sh [--dependencies FOLDER] [--build FOLDER] [--out FOLDER] [STEP…]
# The folder of dependencies is made by scripts/unpack_dependencies.sh; it is needed if Debian's packages
# are not installed. Steps, all by default: build test sanitize bench. The log of each step is written to
# the out folder; the last lines of the output are the summary. Exit code 0: all steps passed.
# The functions below are called by name:
# shellcheck disable=SC2317
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/gpu
out=$root/build/gpu-check
dependencies=""
steps=()
while (( $# > 0 )); do
  case "$1" in
    --dependencies) dependencies=$(realpath "$2"); shift 2 ;;
    --build) build=$(realpath -m "$2"); shift 2 ;;
    --out) out=$(realpath -m "$2"); shift 2 ;;
    build|test|sanitize|bench) steps+=("$1"); shift ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
(( ${#steps[@]} > 0 )) || steps=(build test sanitize bench)
mkdir -p "$out"

if [[ -n $dependencies ]]; then
  libraries=$dependencies/usr/lib/$(g++ -print-multiarch)
  # For libraries that the system does not have.
  export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries
  export PATH=$PATH:$dependencies/usr/bin
fi
# Waiting threads must not spin, or they take the cores from those that compute.
export OMP_WAIT_POLICY=PASSIVE

summary=()
failed=0
# run NAME COMMAND…: writes its output to the log of that name.
run() {
  local name=$1 begin=$SECONDS
  shift
  echo "== $name: $*"
  if "$@" > "$out/$name.log" 2>&1; then
    summary+=("ok      $name, $((SECONDS - begin)) s")
  else
    summary+=("FAILED  $name, $((SECONDS - begin)) s, $out/$name.log")
    failed=1
    tail -n 25 "$out/$name.log"
    return 1
  fi
}
has() { [[ " ${steps[*]} " == *" $1 "* ]]; }

configure() {
  local torch
  torch=$(python3 -c 'import torch; print(torch.utils.cmake_prefix_path)') || return 1
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$torch${dependencies:+;$dependencies/usr}" \
    ${dependencies:+-DCMAKE_BUILD_RPATH="$libraries"} \
    ${dependencies:+-DCMAKE_EXE_LINKER_FLAGS="-Wl,-rpath-link,$libraries"} \
    -DPNO_CUDA=ON -DPNO_CUDA_ARCHITECTURES=native -DPNO_BENCHMARKS=ON \
    -DPNO_SOUND=OFF -DPNO_PICTURE=OFF -DPNO_SERVE=OFF -DPNO_WARNINGS_AS_ERRORS=OFF
}

machine() {
  nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv
  nvcc --version | tail -n 2
  python3 -c 'import torch; print("torch", torch.__version__, torch.cuda.get_device_name())'
}

# ctest prints the time of every test.
gpu_tests() { ctest --test-dir "$build" -L gpu --output-on-failure --no-tests=error; }

# Only the kernels, without LibTorch, on small shapes, because these tools are tens of times slower.
sanitize() {
  local tool=$1
  compute-sanitizer --tool "$tool" --error-exitcode 1 "$build/tests/attention_gpu_test" \
    --gtest_filter='*AcceptsHeadWidths*:*DropoutEquals*:*BatchElements*' --gtest_brief=1
}

# Batches that fill the card. The same shape is also measured with LibTorch's materialising attention and
# with its fused attention without relative positions. In bf16, and one shape in float32.
bench() {
  local precision=$1 batch=$2
  shift 2
  "$build/bench/train_step" --device cuda --precision "$precision" --batch "$batch" "$@"
}

run machine machine
if has build; then
  run configure configure && run build ninja -C "$build" attention_gpu_test train_test pno-train train_step
fi
if has test && [[ $failed == 0 ]]; then run gpu_tests gpu_tests; fi
if has sanitize; then
  for tool in memcheck racecheck initcheck synccheck; do run "$tool" sanitize "$tool"; done
fi
if has bench && [[ -x $build/bench/train_step ]]; then
  for preset in paper paper-medium; do
    [[ -f $root/presets/$preset.toml ]] || continue
    run "bench-$preset-2048" bench bf16 32 --preset "$preset" --context 2048
    run "bench-$preset-2048-sdpa" bench bf16 32 --preset "$preset" --context 2048 --sdpa-baseline
    run "bench-$preset-8192" bench bf16 8 --preset "$preset" --context 8192 --no-baseline
    run "bench-$preset-2048-f32" bench f32 16 --preset "$preset" --context 2048 --no-baseline
  done
  cat "$out"/bench-*.log
fi
printf '%s\n' "" "${summary[@]}"
exit $failed
