#!/usr/bin/env bash
# Installs the Debian packages that pno needs, if they are missing.
#   scripts/dependencies.sh [--no-train | --torch-elsewhere] [--tests] [--packages] [--web]
# --no-train and --torch-elsewhere leave out LibTorch: the first for a pno without training, the second
# for a LibTorch from pip or a zip (cmake/libtorch.cmake). --tests adds the packages of the tests,
# --packages the tools that make pno's own packages, --web those that build and test the page: Emscripten,
# Chromium, and Node.js 20, from npm's package `node` if the system has an older one.
set -euo pipefail

packages=(
  cmake ninja-build g++ ccache pkg-config
  libfmt-dev libexpected-dev nlohmann-json3-dev libzip-dev libhwy-dev libcli11-dev libtomlplusplus-dev
  libutfcpp-dev
  libfluidsynth-dev libsndfile1-dev libcairo2-dev librtmidi-dev
  libcpp-httplib-dev libssl-dev
)
torch=(libtorch-dev libgloo-dev libopenblas0-pthread)
tests=(libgtest-dev libgmock-dev jackd2)
packagers=(dpkg-dev file)
web=(emscripten nodejs chromium)
node_folder=.cache/node

with_torch=yes with_web=no
for option in "$@"; do
  case "$option" in
    --no-train | --torch-elsewhere) with_torch=no ;;
    --tests) packages+=("${tests[@]}") ;;
    --packages) packages+=("${packagers[@]}") ;;
    --web)
      packages+=("${web[@]}")
      with_web=yes
      command -v npm > /dev/null || packages+=(npm)
      ;;
    *) echo "usage: $0 [--no-train | --torch-elsewhere] [--tests] [--packages] [--web]" >&2; exit 2 ;;
  esac
done
if [[ $with_torch == yes ]]; then packages+=("${torch[@]}"); fi

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
  echo "apt-get was not found. Install the contents of these Debian packages: ${packages[*]}" >&2
  exit 1
fi

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${Status}' "$package" 2> /dev/null || true)
  [[ $status == "install ok installed" ]] || missing+=("$package")
done

if (( ${#missing[@]} > 0 )); then
  if [[ $(id -u) != 0 ]] && ! command -v sudo > /dev/null; then
    echo "Packages are missing, and this is neither root nor is sudo installed. As root, run:" \
      "apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

# LibTorch multiplies matrices with the BLAS that the system has selected. The reference BLAS, which
# other packages may install, is tens of times slower than OpenBLAS.
if [[ $with_torch == yes ]]; then
  link=libblas.so.3-$(gcc -print-multiarch)
  chosen=$(update-alternatives --query "$link" 2> /dev/null | sed -n 's/^Value: //p' || true)
  if [[ $chosen != *openblas* ]]; then
    echo "Training will be slow: $link is $chosen and not OpenBLAS." \
      "Choose it with: update-alternatives --config $link" >&2
  fi
fi

# Vite needs Node.js 20.19. scripts/node_path.sh names the folder of the one to use.
if [[ $with_web == yes ]]; then
  is_new='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
  cd "$(dirname "$0")/.."
  if ! node -e "$is_new" && ! "$node_folder/node_modules/node/bin/node" -e "$is_new" 2> /dev/null; then
    echo "Installing Node.js 20 from npm in $node_folder"
    npm install --loglevel=error --no-audit --no-fund --prefix "$node_folder" node@20
  fi
fi
