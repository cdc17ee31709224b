#!/usr/bin/env bash
# Formats the C++ and CUDA sources in place. With --check it changes nothing, and fails if a file is not
# formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
format=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "format.sh: clang-format is missing; install Debian's package clang-format" >&2; exit 1; }
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh' | xargs -r "$format" "${mode[@]}"
