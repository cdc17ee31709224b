#!/bin/bash
# report_in_browser.sh SOURCE BUILD opens the page of a small run in headless Chromium, light and
# dark. Exit code 77: Chromium is not installed.
set -euo pipefail

source_dir=$(realpath "$1")
pno=$(realpath "$2")/pno
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[[ -n $browser ]] || { echo "skipped: Chromium is not installed"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$pno" prepare "$source_dir/data/mini" -o mini.notes
"$pno" train mini.notes -o run --steps 60 --layers 1 --heads 2 --width 32 --attention-width 32 \
  --ff-width 64 --context 128 --max-distance 128 --batch 4 --validation-steps 10 \
  --sample-minutes 0.02 --sample-seconds 5 --device cpu
"$pno" report run

open_page() {
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$scratch/profile" "$@" "file://$scratch/run/report.html"
}

open_page --dump-dom > dom.html 2> browser.log
charts=$(grep -c '<svg class="chart"' dom.html)
[[ $charts == 4 ]] || { echo "$charts charts in the page, not 4"; exit 1; }
grep -q '<div class="tile">' dom.html
grep -q 'data:audio/midi;base64,' dom.html
if grep -E 'CONSOLE.*(rror|Refused)' browser.log; then echo "the browser complains"; exit 1; fi

# The picture of a page without style or curves would be a small file.
shots=${PNO_SCREENSHOTS:-$scratch}
open_page --window-size=1200,1900 --screenshot="$shots/light.png" > /dev/null 2>&1
open_page --window-size=1200,1900 --force-dark-mode --blink-settings=preferredColorScheme=0 \
  --screenshot="$shots/dark.png" > /dev/null 2>&1
for shot in light dark; do
  bytes=$(stat -c %s "$shots/$shot.png")
  (( bytes > 60000 )) || { echo "$shot.png has $bytes bytes: an empty page"; exit 1; }
done
cmp -s "$shots/light.png" "$shots/dark.png" && { echo "light and dark look the same"; exit 1; }
echo "opened in $("$browser" --version 2> /dev/null)"
