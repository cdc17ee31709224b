#!/usr/bin/env bash
# Installs the .deb of a build in a fresh Debian 12 with apt, and uses it there. Exit code 77: this machine
# cannot make such a tree.
#   debian_test.sh BUILD VERSION PRIME.mid
# PNO_DEBIAN_MIRROR in the environment names another mirror than deb.debian.org.
set -euo pipefail
build=$1 version=$2 prime=$3
mirror=${PNO_DEBIAN_MIRROR:-http://deb.debian.org/debian}
skip() { echo "skipped: $*"; exit 77; }
fail() { echo "debian_test: $*" >&2; exit 1; }
[[ $(id -u) == 0 ]] || skip "only root can install packages in a tree"
[[ -n $(command -v mmdebstrap || command -v debootstrap) ]] || skip "neither mmdebstrap nor debootstrap is installed"
command -v dpkg-shlibdeps > /dev/null || skip "dpkg-shlibdeps is not installed"

work=$(mktemp -d)
tree=$work/tree
clean() {
  umount "$tree/proc" 2> /dev/null || true
  rm -rf --one-file-system "$work"
}
trap clean EXIT
cd "$work"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/packages" > "$work/log" || { cat "$work/log" >&2; exit 1; }

if command -v mmdebstrap > /dev/null; then
  make_tree=(mmdebstrap --variant=minbase bookworm "$tree" "$mirror")
else
  make_tree=(debootstrap --variant=minbase bookworm "$tree" "$mirror")
fi
"${make_tree[@]}" > "$work/log" 2>&1 || skip "$mirror: no Debian 12 can be made of it: $(tail -n 1 "$work/log")"
mount -t proc proc "$tree/proc" || skip "/proc cannot be mounted in the tree"

in_tree() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
install_package() {
  cp "$work/packages/$1_$version"_*.deb "$tree/tmp/package.deb"
  in_tree apt-get install -y -qq --no-install-recommends /tmp/package.deb > "$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "apt-get does not install $1"
  }
}

cp "$prime" "$tree/tmp/prime.mid"
in_tree apt-get update -qq
install_package pno
[[ $(in_tree pno --version) == "pno $version" ]] || fail "another version"
in_tree pno generate -o /tmp/new.mid --seconds 5 --seed 1
in_tree pno generate -o /tmp/mine.mid --prime /tmp/prime.mid --prime-seconds 5 --seconds 5 --seed 1
in_tree pno info /tmp/mine.mid
in_tree pno render /tmp/mine.mid -o /tmp/mine.wav
in_tree pno show /tmp/mine.mid -o /tmp/mine.png
(($(stat --format=%s "$tree/tmp/mine.wav") > 100000)) || fail "mine.wav is too short"
if [[ -f $build/pno-serve ]]; then in_tree pno serve --help > /dev/null; fi
if in_tree pno train --help 2> "$work/error"; then fail "pno train runs without pno-train"; fi
grep -q 'install the package pno-train' "$work/error" || fail "the error is: $(cat "$work/error")"
# No library that pno links is missing.
while read -r program; do
  if in_tree ldd "${program#"$tree"}" | grep 'not found'; then fail "$program lacks libraries"; fi
done < <(find "$tree/usr/bin/pno" "$tree/usr/libexec/pno" -type f 2> /dev/null)

if [[ -f $build/pno-train ]]; then
  install_package pno-train
  in_tree pno train --help > "$work/help"
  grep -q -- '--learning-rate' "$work/help" || fail "pno train does not run: $(cat "$work/help")"
fi
# Nothing is left when it is removed.
in_tree apt-get purge -y -qq pno > /dev/null 2>&1
left=$(find "$tree/usr" -path '*pno*' -not -path '*/man/*' | head)
[[ -z $left ]] || fail "purge leaves $left"
