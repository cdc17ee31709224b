#!/bin/bash
# readme_test.sh SOURCE BUILD runs the commands of SOURCE/README.md with the program of BUILD.
#
# Every block fenced as ```sh is run, in the order of the page, in one scratch folder with `pno` in
# PATH and the repository's data/ and models/ linked in, unless the line before it is
#   <!-- not run in tests: REASON -->
# A failing command ends the test and names the line of README.md. Exit code 77: no block to run.
set -euo pipefail

source_dir=$(realpath "$1")
build_dir=$(realpath "$2")
readme=$source_dir/README.md
[[ -f $readme ]] || { echo "skipped: README.md was not found"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Each block becomes a file LINE.sh, named by the line of its first command.
awk -v folder="$scratch" '
  /^<!-- not run in tests: .+ -->$/ { left_out = 1; next }
  /^```sh$/ && !inside { inside = 1; wanted = !left_out; file = sprintf("%s/%05d.sh", folder, NR + 1); next }
  /^```$/ && inside { inside = 0; left_out = 0; next }
  inside { if (wanted) print > file; next }
  NF { left_out = 0 }
  END { if (inside) { print "README.md: a block of sh has no end" > "/dev/stderr"; exit 1 } }
' "$readme"

blocks=("$scratch"/*.sh)
[[ -e ${blocks[0]} ]] || { echo "skipped: README.md has no commands to run"; exit 77; }

mkdir "$scratch/work"
cd "$scratch/work"
for name in data models; do
  [[ -e $source_dir/$name ]] && ln -s "$source_dir/$name" .
done
export PATH=$build_dir:$PATH
for block in "${blocks[@]}"; do
  line=$((10#$(basename "$block" .sh)))
  echo "== README.md, line $line"
  bash -euo pipefail "$block" </dev/null || { echo "README.md, line $line: failed"; exit 1; }
done
echo "${#blocks[@]} blocks ran"
