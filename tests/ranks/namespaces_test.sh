#!/usr/bin/env bash
# pno train as two and four processes, each in a network of its own, joined by a bridge; then the
# link of one of them is cut, and everyone is to notice and to say so.
#   namespaces_test.sh SOURCE_FOLDER FOLDER_OF_PNO
# Exit code 77, "skipped", without root and iproute2. The machine's own network stays as it is.
set -euo pipefail

source_folder=$1
pno=$2/pno

skip() { echo "skipped: $1"; exit 77; }
[[ $(id -u) == 0 ]] || skip "network namespaces need root"
command -v ip > /dev/null || skip "ip is missing (Debian: iproute2)"
hub=pno-$$-hub
ip netns add "$hub" 2> /dev/null || skip "network namespaces cannot be made here"

folder=$(mktemp -d)
members=4
clean_up() {
  local member
  jobs -p | xargs -r kill -9 2> /dev/null || true
  for (( member = 0; member < members; ++member )); do
    ip netns del "pno-$$-$member" 2> /dev/null || true
  done
  ip netns del "$hub"
  rm -rf "$folder"
}
trap clean_up EXIT
fail() {
  echo "FAILED: $1"
  tail -n 20 "$folder"/*.err
  exit 1
}

ip -n "$hub" link add bridge type bridge
ip -n "$hub" link set bridge up
for (( member = 0; member < members; ++member )); do
  name=pno-$$-$member
  ip netns add "$name"
  ip -n "$hub" link add "port$member" type veth peer name lan netns "$name"
  ip -n "$hub" link set "port$member" master bridge up
  ip -n "$name" addr add "10.77.0.$(( member + 1 ))/24" dev lan
  ip -n "$name" link set lan up
  ip -n "$name" link set lo up
done

cd "$folder"
"$pno" prepare "$source_folder/data/mini" -o mini.notes 2> /dev/null > /dev/null

# start RANKS RUN FLAGS…: the processes, in the array pids.
start() {
  local ranks=$1 run=$2 rank
  shift 2
  pids=()
  for (( rank = 0; rank < ranks; ++rank )); do
    ip netns exec "pno-$$-$rank" env RANK=$rank WORLD_SIZE="$ranks" LOCAL_RANK=0 \
      MASTER_ADDR=10.77.0.1 MASTER_PORT=29500 \
      "$pno" train mini.notes -o "$run" --device cpu --threads 1 --batch 5 --context 64 --layers 2 \
      --heads 2 --width 32 --attention-width 32 --ff-width 64 --max-distance 64 \
      --sample-minutes 0 --validation-steps 20 --validation-windows 6 "$@" \
      > "$run-$rank.out" 2> "$run-$rank.err" &
    pids+=($!)
  done
}
losses() { sed -n 's/.*"train_nll":\([0-9.]*\).*/\1/p' "$1/metrics.jsonl"; }

start 1 one --steps 40
wait "${pids[0]}" || fail "one process alone"
for ranks in 2 4; do
  start "$ranks" "same-$ranks" --steps 40
  for pid in "${pids[@]}"; do wait "$pid" || fail "$ranks processes"; done
  paste <(losses one) <(losses "same-$ranks") |
    awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4) exit 1 } END { if (NR < 4) exit 1 }' ||
    fail "$ranks processes learned otherwise than one"
  echo "$ranks processes in $ranks networks: the losses of one process"
done

# cut RANKS MEMBER: the others name it, and it notices itself.
cut_link() {
  local ranks=$1 cut=$2 run=cut-$1-$2 rank begin waited=0
  start "$ranks" "$run" --steps 1000000 --checkpoint-steps 10
  while [[ $(losses "$run" 2> /dev/null | wc -l) -lt 3 ]]; do
    sleep 0.1
    (( ++waited < 600 )) || fail "$run did not begin"
  done
  begin=$(date +%s.%N)
  ip -n "$hub" link set "port$cut" down
  for (( rank = 0; rank < ranks; ++rank )); do
    if wait "${pids[$rank]}"; then fail "rank $rank of $run ended as if nothing were"; fi
    if [[ $rank != "$cut" ]]; then
      grep -q "rank $cut (.*is gone.*; the run stops; the checkpoint of step" "$run-$rank.err" ||
        fail "rank $rank of $run does not name rank $cut"
    else
      grep -q "gone" "$run-$rank.err" || fail "rank $rank of $run does not notice"
    fi
  done
  awk -v a="$begin" -v b="$(date +%s.%N)" -v n="$ranks" -v c="$cut" \
    'BEGIN { t = b - a; printf "%d processes, the link of rank %d cut: all noticed after %.1f s\n", n, c, t
             exit t > 60 }' || fail "that took too long"
  ip -n "$hub" link set "port$cut" up
}
cut_link 2 1
cut_link 4 2
cut_link 4 0

# The run continues without the lost rank.
start 3 cut-4-2 --steps 1000000 --resume --minutes 0.03
for pid in "${pids[@]}"; do wait "$pid" || fail "three processes after four"; done
echo "three processes continued the run of four"
