#!/bin/sh
# Makes this folder's music and mini.csv from the MIDI of the ASAP dataset:
#   data/mini/select.sh asap-midi.zip
# The archive has asap/asap.csv, in the layout of MAESTRO's table, and the files that it lists.
# README.md has the rule. Needs unzip and a POSIX awk; the same archive gives the same files.
set -eu
archive=$(realpath "$1")
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unzip -q "$archive" -d "$work"
table=$work/asap.csv
tr -d '\r' < "$work/asap/asap.csv" > "$table"

# The shortest performance of every piece, shortest first. No field of this table is quoted.
tail -n +2 "$table" | LC_ALL=C sort -t, -k7,7n -k5,5 | awk -F, '!seen[$1, $2]++' > "$work/shortest"

{
  head -n 1 "$table"
  {
    awk -F, '$3 == "train" && $7 <= 300 && ++taken[$1] <= 3' "$work/shortest"
    awk -F, '$3 == "validation" && ++taken[$1] <= 1' "$work/shortest" | head -n 5
  } | LC_ALL=C sort -t, -k5,5
} > mini.csv

tail -n +2 mini.csv | cut -d, -f5 | while read -r file; do
  mkdir -p "$(dirname "$file")"
  cp "$work/asap/$file" "$file"
done
