#!/usr/bin/env bash
# quality.sh BUILD REFERENCE.notes TRAINING.notes MODEL FOLDER makes the table of docs/quality.md.
#
# BUILD is a folder with pno and tests/quality_music; REFERENCE has the validation split that the
# music continues and is compared with, and the training split of the Markov baseline; TRAINING is
# what MODEL was trained on. Music, figures and reports are kept in FOLDER: what is there is not made
# again. The table is FOLDER/table.md. THREADS sets the threads of pno, 1 by default.
set -euo pipefail

if (($# != 5)); then
  echo "usage: quality.sh BUILD REFERENCE.notes TRAINING.notes MODEL FOLDER" >&2
  exit 2
fi
pno=$1/pno
tool=$1/tests/quality_music
reference=$2
training=$3
model=$4
folder=$5
threads=${THREADS:-1}
mkdir -p "$folder"

# Makes a file with a command, unless it is there already.
make_file() {
  local file=$1
  shift
  [[ -e $file ]] && return
  "$@" > "$file.part"
  mv "$file.part" "$file"
}

continue_primes() {
  local music=$1 prime name
  shift
  mkdir -p "$music"
  for prime in "$folder"/primes/*.mid; do
    name=$(basename "$prime")
    "$pno" generate "$model" -o "$music/$name" --prime "$prime" --without-prime --seconds 30 \
      --seed 1 --threads "$threads" --json "$@"
  done
}

judge_music() {
  local name=$1 known=$2
  "$pno" judge "$folder/$name" --reference "$reference" --training "$known" \
    -o "$folder/$name.html" --json
}

[[ -d $folder/primes ]] || "$tool" primes "$reference" "$folder/primes"
make_file "$folder/markov.json" "$tool" markov "$reference" "$folder/markov"
make_file "$folder/markov.judge.json" judge_music markov "$reference"
make_file "$folder/model.eval.json" "$pno" eval "$model" "$reference" --windows "${WINDOWS:-0}" --json

rows=("temperature 1|model-t100|--temperature 1"
  "temperature 0.9|model-t090|--temperature 0.9"
  "top-p 0.95|model-p095|--top-p 0.95")
for row in "${rows[@]}"; do
  IFS='|' read -r _ name flags <<< "$row"
  # shellcheck disable=SC2086  # the flags are several words
  make_file "$folder/$name.json" continue_primes "$folder/$name" $flags
  make_file "$folder/$name.judge.json" judge_music "$name" "$training"
done

{
  echo "| music | NLL | overlap | KL | similarity | human | copy | drones | loops | restrikes | mended | events/s |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
  "$tool" real "$folder/markov.judge.json"
  "$tool" row "Markov, order 2" "$folder/markov.judge.json" "$folder/markov.json" -
  for row in "${rows[@]}"; do
    IFS='|' read -r title name _ <<< "$row"
    "$tool" row "$(basename "$model" .safetensors), $title" "$folder/$name.judge.json" \
      "$folder/$name.json" "$folder/model.eval.json"
  done
} > "$folder/table.md"
cat "$folder/table.md"
