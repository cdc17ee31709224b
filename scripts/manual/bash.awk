# Completions for bash from the lines of table.awk. `commands` has the names of all commands, with
# spaces or newlines between.

BEGIN {
  gsub(/\n/, " ", commands)
  print "# Completions of pno for bash, written from its --help."
}
{
  if ($2 == "-") next
  if (!($1 in flags)) order[++many] = $1
  count = split($2, names, ",")
  for (i = 1; i <= count; ++i) flags[$1] = flags[$1] " " names[i]
  if ($3 == "") next
  kind = $3 == "FILE" ? "file" : $3 == "FOLDER" ? "folder" : $4 != "" ? "choice:" $4 : "other"
  if ($5 ~ /, or a \.toml file/) kind = "choice_or_file:" $4
  for (i = 1; i <= count; ++i) {
    values[$1] = values[$1] sprintf("    '%s %s') echo '%s' ;;\n", $1, names[i], kind)
  }
}
END {
  print "_pno_flags() {\n  case $1 in"
  for (i = 1; i <= many; ++i) printf "    %s) echo '%s' ;;\n", order[i], substr(flags[order[i]], 2)
  print "  esac\n}\n"
  print "# The values of a flag: file, folder, choice:NAMES, other; empty if it does not have one."
  print "_pno_values() {\n  case \"$1 $2\" in"
  for (i = 1; i <= many; ++i) printf "%s", values[order[i]]
  print "  esac\n}\n"
  print "_pno() {"
  print "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} values"
  print "  if ((COMP_CWORD == 1)) || [[ $COMP_CWORD == 2 && $command == help ]]; then"
  printf "    mapfile -t COMPREPLY < <(compgen -W '%s help version --help --version' -- \"$word\")\n", commands
  print "    return"
  print "  fi"
  print "  compopt -o filenames 2> /dev/null"
  print "  values=$(_pno_values \"$command\" \"$before\")"
  print "  case $values in"
  print "    file) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;"
  print "    folder) mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;"
  print "    choice:*) mapfile -t COMPREPLY < <(compgen -W \"${values#*:}\" -- \"$word\") ;;"
  print "    choice_or_file:*) mapfile -t COMPREPLY < <(compgen -W \"${values#*:}\" -- \"$word\"; compgen -f -- \"$word\") ;;"
  print "    other) COMPREPLY=() ;;"
  print "    *)"
  print "      if [[ $word == -* ]]; then"
  print "        mapfile -t COMPREPLY < <(compgen -W \"$(_pno_flags \"$command\")\" -- \"$word\")"
  print "      else"
  print "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")"
  print "      fi"
  print "      ;;"
  print "  esac"
  print "}"
  print "complete -F _pno pno"
}
