#!/usr/bin/env bash
# Formats our C++ in place; with --check it only looks, and fails where a file would change.
set -euo pipefail
cd "$(dirname "$0")/.."
format=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "format.sh: clang-format is missing; install Debian's package clang-format" >&2; exit 1; }
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh' | xargs -r "$format" "${mode[@]}"
