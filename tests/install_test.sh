#!/usr/bin/env bash
# Installs pno into a folder, moves that folder, and builds and runs the examples with it: one in C by
# pkg-config, one in C++ by find_package. Then looks at what was installed.
#   install_test.sh SOURCE BUILD TINY_MODEL
set -euo pipefail
source=$1 build=$2 tiny_model=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "install_test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$work/first" > "$work/install.log"
mv "$work/first" "$work/pno"
prefix=$work/pno
library=$(dirname "$(find "$prefix" -name libpno.so)")
"$tiny_model" "$work/model.safetensors"

# The library exports the functions of pno.h and nothing else; its soname has the first two numbers of
# the version.
shown=$(nm --dynamic --defined-only --format=just-symbols "$library/libpno.so" | sort)
declared=$(grep -oP '^PNO_API.*?\b\Kpno_\w+(?=\()' "$prefix/include/pno.h" | sort)
[[ $shown == "$declared" ]] || fail "libpno.so exports other names than pno.h: $(diff <(echo "$shown") <(echo "$declared"))"
[[ $(readelf -d "$library/libpno.so") =~ SONAME.*\[libpno\.so\.0\.[0-9]+\] ]] || fail "libpno.so has no soname"

# Installed files do not contain the folder of the build.
if grep -rl --fixed-strings -e "$source" -e "$build" "$prefix"; then fail "these files hold paths of the build"; fi

# In C, with the shared library and with the archive.
export PKG_CONFIG_PATH=$library/pkgconfig
read -ra flags <<< "$(pkg-config --cflags --libs pno)"
read -ra static_flags <<< "$(pkg-config --cflags --libs --static pno)"
strict=(-std=c99 -Wall -Wextra -Wpedantic -Werror)
cc "${strict[@]}" "$source/examples/continue.c" "${flags[@]}" -Wl,-rpath,"$library" -o "$work/continue"
"$prefix/bin/pno" generate "$work/model.safetensors" -o "$work/mine.mid" --seconds 5 --seed 1 > "$work/generate.log"
"$work/continue" "$work/model.safetensors" "$work/mine.mid" 5 "$work/longer.mid"
needed=$(ldd "$work/continue")
[[ $needed == *"$library/libpno.so"* ]] || fail "continue does not use the installed library: $needed"
cc "${strict[@]}" "$source/examples/continue.c" "${static_flags[@]/-lpno/-l:libpno.a}" -o "$work/continue_static"
"$work/continue_static" "$work/model.safetensors" "$work/mine.mid" 5 "$work/static.mid"
cmp "$work/longer.mid" "$work/static.mid"
"$prefix/bin/pno" info "$work/longer.mid" > "$work/info.log"
# An error is one sentence and exit code 1.
if "$work/continue" "$work/mine.mid" "$work/mine.mid" 5 "$work/x.mid" 2> "$work/error"; then fail "a MIDI file was taken for a model"; fi
grep -q 'mine.mid: is a MIDI file, where a model was expected' "$work/error" || fail "the error is: $(cat "$work/error")"

# In C++, with CMake.
cmake -S "$source/examples" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra" > "$work/configure.log" || { cat "$work/configure.log" >&2; exit 1; }
cmake --build "$work/build" > "$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
"$work/build/realtime" "$work/model.safetensors" 500 5000

# Every installed header of the engine compiles by itself.
for header in $(cd "$prefix/include/pno" && find . -name '*.h'); do
  echo "#include \"$header\""
done > "$work/all.cpp"
c++ -std=c++20 -fsyntax-only "${flags[@]}" -I"$prefix/include/pno" "$work/all.cpp"
