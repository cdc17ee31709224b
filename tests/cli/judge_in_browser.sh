#!/bin/bash
# judge_in_browser.sh SOURCE BUILD opens the pages of pno judge in headless Chromium: the report of a
# judgement, and a listening test that is answered with keys. Exit code 77: Chromium is not
# installed, or this pno has no sound.
set -euo pipefail

source_dir=$(realpath "$1")
pno=$(realpath "$2")/pno
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[[ -n $browser ]] || { echo "skipped: Chromium is not installed"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$pno" prepare "$source_dir/data/mini" -o mini.notes --split 50/50/0
"$pno" judge mini.notes --reference mini.notes --training mini.notes --seconds 5 --resamples 10 \
  -o report.html > /dev/null 2>&1

open_page() {
  local page=$1
  shift
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$scratch/profile" "$@" "file://$scratch/$page"
}

open_page report.html --dump-dom > dom.html 2> browser.log
grep -q '<svg class="chart"' dom.html
grep -q '<svg class="roll"' dom.html
grep -q '<rect class="marked"' dom.html
if grep -E 'CONSOLE.*(rror|Refused)' browser.log; then echo "the browser complains"; exit 1; fi
shots=${PNO_SCREENSHOTS:-$scratch}
open_page report.html --window-size=1200,2400 --screenshot="$shots/judge.png" > /dev/null 2>&1
bytes=$(stat -c %s "$shots/judge.png")
((bytes > 60000)) || { echo "judge.png has $bytes bytes: an empty page"; exit 1; }

mkdir -p systems/one systems/two
first=$(find "$source_dir/data/mini" -name '*.mid*' | sort | head -1)
last=$(find "$source_dir/data/mini" -name '*.mid*' | sort | tail -1)
cp "$first" systems/one/a.mid
cp "$last" systems/two/b.mid
if ! "$pno" judge --listening-test systems -o test.html --pairs 2 --seconds 2 > log.txt 2>&1; then
  cat log.txt
  grep -q "without" log.txt && exit 77
  exit 1
fi
# A person who tries to answer before listening, then answers the first pair and sees a roll of the
# second.
cat > probe.html << 'EOF'
<script>
const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
press('a');
const early = results();
for (const key of ['1', '2', 'b', 'ArrowRight', 'r']) press(key);
const probe = document.createElement('pre');
probe.id = 'probe';
const shown = [...document.querySelectorAll('.rolls')].map((rolls) => getComputedStyle(rolls).display !== 'none');
probe.textContent = JSON.stringify({ early: JSON.parse(early).answers, late: JSON.parse(results()).answers, shown });
document.body.append(probe);
</script>
EOF
cat test.html probe.html > probed.html
open_page probed.html --dump-dom > probed-dom.html 2> browser.log
expected='{"early":[],"late":[{"pair":1,"answer":"second"}],"shown":[false,true]}'
grep -qF "<pre id=\"probe\">$expected</pre>" probed-dom.html ||
  { grep '<pre id="probe">' probed-dom.html || tail -c 400 browser.log; echo "not $expected"; exit 1; }
grep -q 'Pair 2 of 2, 1 answered' probed-dom.html
open_page test.html --window-size=1000,900 --screenshot="$shots/listening.png" > /dev/null 2>&1
