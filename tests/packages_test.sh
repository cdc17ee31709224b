#!/usr/bin/env bash
# Makes the packages of a build folder, looks at what is in them, and uses the tarballs from a folder that
# is moved. Exit code 77: the tools of Debian packages are missing.
#   packages_test.sh BUILD VERSION
set -euo pipefail
build=$1 version=$2
for tool in cpack dpkg-deb dpkg-shlibdeps; do
  command -v "$tool" > /dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "packages_test: $*" >&2; exit 1; }

cd "$work"
cpack --config "$build/CPackConfig.cmake" -B "$work/packages" > "$work/log" || { cat "$work/log" >&2; exit 1; }
[[ ! -e $work/packages/_CPack_Packages ]] || rm -rf "$work/packages/_CPack_Packages"
ls -sh "$work/packages"

debs=("$work"/packages/pno_"$version"_*.deb)
deb=${debs[0]}
contents=$(dpkg-deb --contents "$deb")
for file in bin/pno share/pno/models/piano.safetensors share/pno/models/README.md share/pno/piano/piano.sf3 \
    share/pno/piano/LICENSE share/pno/presets/demo.toml share/man/man1/pno.1 share/man/man1/pno-generate.1 \
    share/bash-completion/completions/pno share/zsh/vendor-completions/_pno share/doc/pno/copyright; do
  [[ $contents == *" ./usr/$file"* ]] || fail "$deb lacks /usr/$file"
done
for other in pno-train libpno include/; do
  [[ $contents != *"$other"* ]] || fail "$deb has $other, which belongs to another package"
done
[[ $contents != *"$build"* ]] || fail "$deb holds a path of the build"
# Libraries that pno links, found by dpkg-shlibdeps, and FluidSynth, which it loads.
depends=$(dpkg-deb --field "$deb" Depends)
for library in libc6 libfmt9 libzip4 libsndfile1 libcairo2 libfluidsynth3; do
  [[ ", $depends" == *", $library"* ]] || fail "Depends of $deb lacks $library: $depends"
done
[[ $depends != *libtorch* ]] || fail "pno needs LibTorch: $depends"
if readelf -d "$build/pno" | grep -q librtmidi; then
  [[ $depends == *librtmidi6* ]] || fail "Depends of $deb lacks librtmidi6: $depends"
fi

# All tarballs go into one folder.
for tarball in packages/*.tar.gz; do tar xzf "$tarball"; done
folders=(pno-"$version"-*)
[[ ${#folders[@]} == 1 ]] || fail "the tarballs have several folders: ${folders[*]}"
mv "${folders[0]}" moved
pno=$work/moved/bin/pno
[[ $("$pno" --version) == "pno $version" ]] || fail "another version: $("$pno" --version)"
"$pno" generate -o new.mid --seconds 2 --seed 1
"$pno" info new.mid
if [[ $contents != *" ./usr/share/pno/piano"* ]] || ! "$pno" render new.mid -o new.wav; then fail "no sound"; fi

if [[ -f $build/pno-train ]]; then
  train=("$work"/packages/pno-train_"$version"_*.deb)
  depends=$(dpkg-deb --field "${train[0]}" Depends)
  [[ $depends == *"pno (= $version)"* && $depends == *libtorch* ]] || fail "Depends of ${train[0]}: $depends"
  [[ $(dpkg-deb --contents "${train[0]}") == *" ./usr/libexec/pno/pno-train"* ]] || fail "${train[0]} lacks pno-train"
  "$pno" train --help > train.help
  grep -q -- '--learning-rate' train.help || fail "pno does not find pno-train of the tarball"
fi
