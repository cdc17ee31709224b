#!/usr/bin/env bash
# Tests scripts/cloud_gcp.sh with a stand-in for gcloud: its calls of gcloud, and the scripts that it
# copies to the machine, which train, resume and stop the machine.
#   gcp_test.sh SOURCE_FOLDER
set -euo pipefail
source=$1
git -C "$source" rev-parse HEAD > /dev/null 2>&1 || { echo "skipped: not a git checkout"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/machine"
export PATH=$scratch/bin:$PATH

# gcloud copies to and from a folder, and logs its arguments.
cat > "$scratch/bin/gcloud" << END
#!/usr/bin/env bash
echo "\$*" >> "$scratch/asked"
[[ \$1-\$2 == compute-scp ]] || exit 0
shift 4  # compute scp --zone ZONE
to=\${*: -1}
for from in "\${@:1:\$#-1}"; do cp "\${from/*:\/opt\/pno/$scratch/machine}" "\${to/*:\/opt\/pno/$scratch/machine}"; done
END
# docker and systemctl print their arguments.
for program in docker systemctl; do
  printf '#!/bin/sh\necho "%s $*"\n' "$program" > "$scratch/bin/$program"
done
chmod +x "$scratch/bin"/*

fail() {
  echo "$1" >&2
  exit 1
}
expect() {
  [[ $2 == *"$1"* ]] || fail "wanted: $1
got:    $2"
}

gcp() { "$source/scripts/cloud_gcp.sh" "$@"; }

expect "no such file" "$(gcp up box none.notes 2>&1 || true)"
if gcp sideways box 2> /dev/null; then fail "an unknown command is accepted"; fi

echo notes > "$scratch/music.notes"
gcp up box "$scratch/music.notes" --preset paper --batch 64 > /dev/null
asked=$(cat "$scratch/asked")
expect "instances create box --zone us-central1-a --machine-type g2-standard-8 --provisioning-model SPOT --instance-termination-action STOP" "$asked"
expect "systemctl enable --now pno" "$asked"
expect notes "$(cat "$scratch/machine/music.notes")"

# The scripts of the machine, run in a local folder.
sed -i "s|/opt/pno|$scratch/machine|g" "$scratch/machine"/*.sh
tar xzf "$scratch/machine/source.tar.gz" -C "$scratch/machine"
[[ -f $scratch/machine/source/docker/Dockerfile ]] || fail "the Dockerfile is not among the sources"
run="pno train music.notes -o run --preset paper --batch 64"
expect "$run" "$("$scratch/machine/train.sh")"
if [[ $("$scratch/machine/train.sh") == *--resume* ]]; then fail "resumes without a checkpoint"; fi
mkdir -p "$scratch/machine/run/checkpoint"
touch "$scratch/machine/run/checkpoint/step-000000100.safetensors"
expect "$run --resume" "$("$scratch/machine/train.sh")"

# After a stop by Google the service stays enabled for the next start. After the training it ends.
[[ -z $(SERVICE_RESULT=exit-code EXIT_STATUS=1 "$scratch/machine/when_done.sh") ]] ||
  fail "powers the machine off before the training is done"
expect "systemctl poweroff" "$(SERVICE_RESULT=success EXIT_STATUS=0 "$scratch/machine/when_done.sh")"

echo model > "$scratch/machine/run/model.safetensors"
echo metrics > "$scratch/machine/run/metrics.jsonl"
gcp home box "$scratch/home" > /dev/null 2>&1
expect model "$(cat "$scratch/home/model.safetensors")"
gcp down box
expect "instances delete box" "$(cat "$scratch/asked")"
