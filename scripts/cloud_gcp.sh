#!/usr/bin/env bash
# Trains on a Google Cloud machine with a GPU, by default a spot machine: it costs about a third, and
# Google may stop it at any time. pno then gets a SIGTERM, writes a checkpoint, and resumes when the
# machine is started again.
#   scripts/cloud_gcp.sh up NAME DATASET.notes [FLAG...]   creates it, builds pno, starts training
#   scripts/cloud_gcp.sh log NAME          shows the output of the training
#   scripts/cloud_gcp.sh again NAME        starts the machine again after it was stopped
#   scripts/cloud_gcp.sh home NAME FOLDER  copies model, metrics and report here
#   scripts/cloud_gcp.sh down NAME         deletes it with its disk
# FLAGs are those of pno train: --preset paper --batch 64. When the training is done the machine
# stops itself; then only its disk costs money. Other settings are these variables:
ZONE=${ZONE:-us-central1-a}
MACHINE=${MACHINE:-g2-standard-8}  # one L4; a2-highgpu-1g: one A100; a3-highgpu-1g: one H100
MODEL=${MODEL:-SPOT}               # or STANDARD: never stopped by Google, about three times the price
DISK_GB=${DISK_GB:-100}
# An image with NVIDIA's driver and Docker. List them with: gcloud compute images list
#   --project deeplearning-platform-release --no-standard-images
IMAGE_PROJECT=${IMAGE_PROJECT:-deeplearning-platform-release}
IMAGE_FAMILY=${IMAGE_FAMILY:-common-cu128-ubuntu-2204-nvidia-570}
set -euo pipefail

usage() {
  sed -n '5,9s/^#   //p' "$0" >&2
  exit 2
}

on_machine() {
  gcloud compute ssh "$name" --zone "$ZONE" --command "$1"
}

# The service that the machine runs at every start until the training is done.
service() {
  cat << 'END'
[Unit]
Description=pno train
After=docker.service network-online.target
Requires=docker.service

[Service]
ExecStart=/opt/pno/train.sh
# A spot machine is stopped 30 seconds after the SIGTERM.
TimeoutStopSec=25
ExecStopPost=/opt/pno/when_done.sh

[Install]
WantedBy=multi-user.target
END
}

train_script() {
  cat << 'END'
#!/usr/bin/env bash
# The flags of pno train are the lines of /opt/pno/flags.
set -euo pipefail
mapfile -t flags < /opt/pno/flags
resume=()
if compgen -G "/opt/pno/run/checkpoint/step-*.safetensors" > /dev/null; then resume=(--resume); fi
docker image inspect pno > /dev/null 2>&1 || docker build -t pno -f /opt/pno/source/docker/Dockerfile /opt/pno/source
exec docker run --rm --gpus all --name pno --stop-timeout 25 -v /opt/pno:/work pno \
  train music.notes -o run "${flags[@]}" "${resume[@]}"
END
}

when_done_script() {
  cat << 'END'
#!/usr/bin/env bash
# After a complete training, not after a stop or a failure.
if [[ ${SERVICE_RESULT:-} == success && ${EXIT_STATUS:-} == 0 ]]; then
  systemctl disable pno
  systemctl poweroff
fi
END
}

up() {
  (( $# >= 1 )) || usage
  local dataset=$1
  shift
  [[ -f $dataset ]] || { echo "$dataset: no such file; 'pno prepare' makes one" >&2; exit 1; }
  local root scratch
  root=$(cd "$(dirname "$0")/.." && pwd)
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064  # the value at this line
  trap "rm -rf '$scratch'" EXIT
  git -C "$root" archive --prefix=source/ -o "$scratch/source.tar.gz" HEAD
  cp "$dataset" "$scratch/music.notes"
  if (( $# > 0 )); then printf '%s\n' "$@"; fi > "$scratch/flags"
  service > "$scratch/pno.service"
  train_script > "$scratch/train.sh"
  when_done_script > "$scratch/when_done.sh"
  chmod +x "$scratch"/*.sh

  local spot=()
  if [[ $MODEL == SPOT ]]; then spot=(--instance-termination-action STOP); fi
  gcloud compute instances create "$name" --zone "$ZONE" --machine-type "$MACHINE" \
    --provisioning-model "$MODEL" "${spot[@]}" --maintenance-policy TERMINATE \
    --image-project "$IMAGE_PROJECT" --image-family "$IMAGE_FAMILY" \
    --boot-disk-size "${DISK_GB}GB" --metadata install-nvidia-driver=True
  echo "Waiting for ssh on $name"
  local tries=0
  until on_machine true 2> /dev/null; do
    if (( ++tries == 30 )); then echo "$name does not answer after five minutes" >&2; exit 1; fi
    sleep 10
  done
  # shellcheck disable=SC2016  # the user of the machine
  on_machine 'sudo install -d -o "$(id -u)" /opt/pno'
  gcloud compute scp --zone "$ZONE" "$scratch"/* "$name:/opt/pno/"
  on_machine 'cd /opt/pno && tar xzf source.tar.gz && sudo cp pno.service /etc/systemd/system/ &&
    sudo systemctl daemon-reload && sudo systemctl enable --now pno'
  echo "Building and training; '$0 log $name' shows it"
}

home() {
  (( $# == 1 )) || usage
  mkdir -p "$1"
  local file
  gcloud compute scp --zone "$ZONE" "$name:/opt/pno/run/model.safetensors" "$1/"
  for file in metrics.jsonl report.html; do
    gcloud compute scp --zone "$ZONE" "$name:/opt/pno/run/$file" "$1/" || echo "no $file yet" >&2
  done
  echo "pno generate $1/model.safetensors -o new.mid   plays it here"
}

(( $# >= 2 )) || usage
command=$1 name=$2
shift 2
case "$command" in
  up) up "$@" ;;
  log) on_machine 'sudo journalctl --unit pno --follow --lines 100 --output cat' ;;
  again) gcloud compute instances start "$name" --zone "$ZONE" ;;
  home) home "$@" ;;
  down) gcloud compute instances delete "$name" --zone "$ZONE" ;;
  *) usage ;;
esac
