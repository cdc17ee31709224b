#!/usr/bin/env bash
# Writes the man pages and the completions of pno from its --help: FOLDER/man/pno.1 and
# FOLDER/man/pno-COMMAND.1, FOLDER/bash/pno, FOLDER/zsh/_pno.
#   scripts/manual/manual.sh PNO FOLDER
# Commands whose program (pno-train, pno-serve) was not built are left out.
set -euo pipefail

pno=$1 folder=$2
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

version=$("$pno" --version)
"$pno" --help > "$work/pno.help"
commands=$(awk '/^Commands:/ { inside = 1; next } /^$/ { inside = 0 } inside { print $1 }' "$work/pno.help")
made=()
for command in $commands; do
  if "$pno" "$command" --help > "$work/$command.help" 2> "$work/error"; then
    made+=("$command")
  elif ! grep -q 'which is not installed' "$work/error"; then
    cat "$work/error" >&2
    exit 1
  fi
done

# Only complete files get the final names.
mkdir "$work/man" "$work/bash" "$work/zsh"
: > "$work/table"
for command in "${made[@]}"; do
  awk -v command="$command" -f "$here/table.awk" "$work/$command.help" >> "$work/table"
  awk -v name="pno-$command" -v title="pno $command" -v version="$version" -f "$here/page.awk" \
    "$work/$command.help" > "$work/man/pno-$command.1"
done
awk -v name=pno -v title=pno -v version="$version" -f "$here/page.awk" "$work/pno.help" > "$work/man/pno.1"
awk -F '\t' -v commands="$commands" -f "$here/bash.awk" "$work/table" > "$work/bash/pno"
awk -F '\t' -f "$here/zsh.awk" "$work/pno.help" "$work/table" > "$work/zsh/_pno"

mkdir -p "$folder"
rm -rf "$folder/man" "$folder/bash" "$folder/zsh"
mv "$work/man" "$work/bash" "$work/zsh" "$folder"
