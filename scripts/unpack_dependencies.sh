#!/usr/bin/env bash
# Unpacks the libraries that pno-train needs, without installing them, into a folder that can be copied
# to a machine on which packages cannot be installed, such as a rented GPU with a PyTorch image.
#   scripts/unpack_dependencies.sh FOLDER
# Run it on Debian 12; LibTorch is not included. scripts/gpu_check.sh --dependencies FOLDER uses it.
set -euo pipefail

if [[ $# != 1 || $1 == -* ]]; then
  echo "usage: $0 FOLDER" >&2
  exit 2
fi
folder=$1

packages=(
  libfmt-dev libexpected-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libutfcpp-dev
  libhwy-dev libhwy1 libzip-dev libzip4 zlib1g-dev zlib1g libbz2-1.0 libssl3
  libgtest-dev libgmock-dev libbenchmark-dev libbenchmark1debian
)

downloads=$(mktemp -d)
trap 'rm -rf "$downloads"' EXIT
# apt-get downloads as another user, who needs write access here.
chmod 777 "$downloads"
(cd "$downloads" && apt-get download "${packages[@]}" > /dev/null)
mkdir -p "$folder"
for package in "$downloads"/*.deb; do dpkg -x "$package" "$folder"; done
rm -rf "$folder/usr/share/doc" "$folder/usr/share/man" "$folder/usr/src"
# Some packages of Debian 12 have files in /lib, which is a link to /usr/lib there.
if [[ -d $folder/lib && ! -L $folder/lib ]]; then
  cp -a "$folder/lib/." "$folder/usr/lib/"
  rm -rf "${folder:?}/lib"
fi
echo "$folder: $(du -sh "$folder" | cut -f1), ${#packages[@]} packages"
