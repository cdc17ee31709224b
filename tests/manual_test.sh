#!/usr/bin/env bash
# Man pages and completions name every command and every flag of --help.
#   manual_test.sh PNO MANUAL
# MANUAL is the folder that scripts/manual/manual.sh wrote.
set -euo pipefail
pno=$1 manual=$2
fail() { echo "manual_test: $*" >&2; exit 1; }

bash -n "$manual/bash/pno"
# shellcheck disable=SC1091
source "$manual/bash/pno"
# complete WORD...: sets COMPREPLY as bash does when Tab is pressed after the last word.
complete_words() {
  COMP_WORDS=(pno "$@") COMP_CWORD=$# COMPREPLY=()
  _pno || true  # compopt fails outside of a completion
}

mapfile -t commands < <("$pno" --help | awk '/^Commands:/ { inside = 1; next } inside && NF == 0 { exit } inside { print $1 }')
((${#commands[@]} > 10)) || fail "--help lists only: ${commands[*]}"
complete_words ""
flags_seen=0
for command in "${commands[@]}"; do
  [[ " ${COMPREPLY[*]} " == *" $command "* ]] || fail "bash does not complete the command $command"
  grep -q "^ *'$command:" "$manual/zsh/_pno" || fail "zsh does not complete the command $command"
  [[ -f $manual/man/pno-$command.1 ]] || continue  # its program was not built
  plain=$(sed 's/\\-/-/g' "$manual/man/pno-$command.1")
  mapfile -t flags < <("$pno" "$command" --help | grep -oP '^  (-\w,)?\K--[a-z0-9-]+')
  for flag in "${flags[@]}"; do
    [[ " $(_pno_flags "$command") " == *" $flag "* ]] || fail "bash does not complete pno $command $flag"
    awk -v command="$command" -v flag="$flag" '
      $0 ~ "^    " command "\\)" { inside = 1 } inside && index($0, flag "[") { found = 1 } /;;/ { inside = 0 }
      END { exit !found }' "$manual/zsh/_pno" || fail "zsh does not complete pno $command $flag"
    [[ $plain == *"$flag"* ]] || fail "the man page of $command lacks $flag"
    ((++flags_seen))
  done
done
((flags_seen > 150)) || fail "only $flags_seen flags were compared"

complete_words gener; [[ ${COMPREPLY[*]} == generate ]] || fail "gener: ${COMPREPLY[*]}"
complete_words help ren; [[ ${COMPREPLY[*]} == render ]] || fail "help ren: ${COMPREPLY[*]}"
complete_words generate --mood ""; [[ ${COMPREPLY[*]} == "calm free dense" ]] || fail "--mood: ${COMPREPLY[*]}"
complete_words generate --precision b; [[ ${COMPREPLY[*]} == bf16 ]] || fail "--precision b: ${COMPREPLY[*]}"
complete_words generate --seconds ""; [[ ${#COMPREPLY[@]} == 0 ]] || fail "--seconds: ${COMPREPLY[*]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/a piece.mid"
complete_words show "$work/a"; [[ ${COMPREPLY[*]} == "$work/a piece.mid" ]] || fail "files: ${COMPREPLY[*]}"
complete_words render -o "$work/a"; [[ ${COMPREPLY[*]} == "$work/a piece.mid" ]] || fail "-o: ${COMPREPLY[*]}"

if command -v zsh > /dev/null; then zsh -n "$manual/zsh/_pno"; fi
if command -v groff > /dev/null; then
  for page in "$manual"/man/*.1; do
    warnings=$(groff -man -Tutf8 -ww -K utf8 "$page" 2>&1 > /dev/null | grep -v "can't break line" || true)
    [[ -z $warnings ]] || fail "$page: $warnings"
  done
fi
echo "${#commands[@]} commands, $flags_seen flags"
