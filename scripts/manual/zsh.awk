# Completions for zsh from `pno --help`, then the lines of table.awk.

function quoted(text) {
  gsub(/'/, "'\\''", text)
  gsub(/\\/, "\\\\", text)
  gsub(/:/, "\\:", text)
  gsub(/\[/, "\\[", text)
  gsub(/\]/, "\\]", text)
  return text
}

function action(value, choices, help) {
  if (help ~ /, or a \.toml file/) return ":name:{compadd " choices "; _files -g \"*.toml\"}"
  if (value == "") return ""
  if (value == "FILE") return ":file:_files"
  if (value == "FOLDER") return ":folder:_files -/"
  if (choices != "") return ":name:(" choices ")"
  return ":" tolower(value) ": "
}

FNR == 1 { ++file }
file == 1 {
  if (/^Commands:/) inside = 1
  else if (!NF) inside = 0
  else if (inside) {
    text = $0
    sub(/^ +[a-z]+ +/, "", text)
    split($0, words, " ")
    listed = listed sprintf("    '%s:%s'\n", words[1], quoted(text))
  }
  next
}
$2 == "-" { next }
{
  if (!($1 in specs)) order[++many] = $1
  count = split($2, names, ",")
  again = $5 ~ /may be given several times/ ? "*" : ""
  end = "[" quoted($5) "]" action($3, $4, $5)
  if (count == 1) specs[$1] = specs[$1] sprintf(" \\\n        '%s%s%s'", again, names[1], end)
  for (i = 1; count > 1 && i <= count; ++i) {
    specs[$1] = specs[$1] sprintf(" \\\n        '(%s %s)%s%s'", names[1], names[2], names[i], end)
  }
}
END {
  print "#compdef pno"
  print "# Completions of pno for zsh, written from its --help."
  print "_pno() {"
  print "  local -a commands"
  print "  commands=("
  printf "%s", listed
  print "    'help:Show the help of a command'\n    'version:Show the version'"
  print "  )"
  print "  if ((CURRENT == 2)) || [[ CURRENT -eq 3 && $words[2] == help ]]; then"
  print "    _describe command commands"
  print "    return"
  print "  fi"
  print "  local command=$words[2]"
  print "  shift words"
  print "  ((--CURRENT))"
  print "  case $command in"
  for (i = 1; i <= many; ++i) {
    printf "    %s)\n      _arguments -S%s \\\n        '*:file:_files'\n      ;;\n", order[i], specs[order[i]]
  }
  print "    *) _files ;;"
  print "  esac"
  print "}"
  print "_pno \"$@\""
}
