#!/usr/bin/env bash
# Tests how cmake/libtorch.cmake finds LibTorch: stand-ins for its CMake files are in the folders of the
# system's package, of pip and of the zip. It must use the right one, or say what to do.
#   libtorch_test.sh CMAKE GENERATOR MAKE_PROGRAM
set -euo pipefail
cmake=$1 generator=$2 make_program=$3
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# stand_in PREFIX CXX_FLAGS: the files that find_package(Torch) reads.
stand_in() {
  local folder=$1/share/cmake/Torch
  mkdir -p "$folder" "$1/include/gloo/rendezvous"
  touch "$1/include/gloo/rendezvous/store.h"
  cat > "$folder/TorchConfig.cmake" << END
get_filename_component(TORCH_INSTALL_PREFIX "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(TORCH_CXX_FLAGS "$2")
foreach(part torch_cpu torch_cuda)
  if(NOT TARGET \${part})
    add_library(\${part} INTERFACE IMPORTED)
  endif()
endforeach()
set_target_properties(torch_cpu PROPERTIES INTERFACE_COMPILE_DEFINITIONS "USE_DISTRIBUTED;USE_C10D_GLOO")
set_target_properties(torch_cuda PROPERTIES INTERFACE_COMPILE_DEFINITIONS USE_C10D_NCCL)
END
}

# python NAME PREFIX: a python3 in its own folder, whose PyTorch has its CMake files in PREFIX.
python() {
  mkdir -p "$scratch/$1"
  cat > "$scratch/$1/python3" << END
#!/bin/sh
${2:+echo '$2'; exit 0}
exit 1
END
  chmod +x "$scratch/$1/python3"
}

stand_in "$scratch/system" ""
stand_in "$scratch/site-packages/torch" ""
mkdir -p "$scratch/site-packages/nvidia/nccl/include"
touch "$scratch/site-packages/nvidia/nccl/include/nccl.h"
stand_in "$scratch/zip/libtorch" "-D_GLIBCXX_USE_CXX11_ABI=1"
stand_in "$scratch/old" "-D_GLIBCXX_USE_CXX11_ABI=0"
python with-torch "$scratch/site-packages/torch/share/cmake"
python without-torch ""

# configure FOLDER PYTHON FLAG...: prints the result, or the error in one line. The LibTorch of this
# machine is hidden.
configure() {
  local folder=$scratch/build-$1 python=$2
  shift 2
  rm -f "$folder/found"
  if "$cmake" -S "$here" -B "$folder" -G "$generator" -D "CMAKE_MAKE_PROGRAM=$make_program" \
      -D CMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF \
      -D CMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF -D "PNO_PYTHON=$scratch/$python/python3" "$@" \
      > "$scratch/log" 2>&1; then
    sed "s|$scratch/||" "$folder/found"
  else
    tr -s '\n ' ' ' < "$scratch/log"
  fi
}

# expect WANTED GOT: GOT contains WANTED.
expect() {
  if [[ $2 != *"$1"* ]]; then
    printf 'wanted: %s\ngot:    %s\n\n' "$1" "$2" >&2
    failures=$((failures + 1))
  fi
}

system=(-D "CMAKE_PREFIX_PATH=$scratch/system")
expect "system gloo=ON" "$(configure 1 with-torch "${system[@]}")"
expect "system gloo=ON" "$(configure 2 with-torch "${system[@]}" -D PNO_TORCH=system)"
expect "site-packages/torch gloo=ON nccl=ON" "$(configure 3 with-torch)"
expect "site-packages/torch" "$(configure 4 with-torch "${system[@]}" -D PNO_TORCH=pip)"
expect "zip/libtorch gloo=ON nccl=" "$(configure 5 with-torch "${system[@]}" -D "PNO_TORCH=$scratch/zip/libtorch")"
expect "zip/libtorch" "$(configure 6 with-torch -D "PNO_TORCH=$scratch/zip")"
expect "site-packages/torch" "$(configure 7 without-torch -D "PNO_TORCH=$scratch/site-packages")"

# The same build folder with another PNO_TORCH.
expect "site-packages/torch" "$(configure 5 with-torch -D PNO_TORCH=pip)"
expect "zip/libtorch" "$(configure 5 with-torch -D "PNO_TORCH=$scratch/zip")"

nothing="No LibTorch was found with PNO_TORCH="
expect "${nothing}auto" "$(configure 8 without-torch)"
expect "${nothing}system" "$(configure 9 with-torch -D PNO_TORCH=system)"
expect "${nothing}pip" "$(configure 10 without-torch "${system[@]}" -D PNO_TORCH=pip)"
expect "${nothing}$scratch/nowhere" "$(configure 11 with-torch "${system[@]}" -D "PNO_TORCH=$scratch/nowhere")"
expect "was built for the C++ ABI from before GCC 5" "$(configure 12 with-torch -D "PNO_TORCH=$scratch/old")"

if (( failures > 0 )); then
  echo "$failures checks failed" >&2
  exit 1
fi
