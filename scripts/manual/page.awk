# A man page from --help: name, title and version are variables.

function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/…/, "...", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}

function entry(term, text) {
  printf ".TP\n\\fB%s\\fR\n%s\n", escaped(term), escaped(text)
}

function trim(text) {
  gsub(/^ +| +$/, "", text)
  return text
}

NR == 1 {
  printf ".TH %s 1 \"\" \"%s\" \"pno\"\n", toupper(escaped(name)), escaped(version)
  summary = $0
  sub(/^pno /, "", summary)
  printf ".SH NAME\n%s \\- %s\n", escaped(name), escaped(tolower(substr(summary, 1, 1)) substr(summary, 2))
  next
}
/^Usage: / {
  printf ".SH SYNOPSIS\n.B %s\n%s\n", escaped(title), escaped(trim(substr($0, length("Usage: " title) + 1)))
  next
}
/^Example:/ { print ".SH EXAMPLES\n.EX"; in_example = 1; next }
in_example { print escaped(trim($0)); next }
/^[A-Z][A-Za-z ]*:$/ { print ".SH " toupper(substr($0, 1, length($0) - 1)); next }
/^                                  [^ ]/ {
  entry(held, trim($0))
  held = ""
  next
}
/^  [^ ]/ {
  if (substr($0, 34, 1) == " " && substr($0, 35) != "" && substr($0, 35, 1) != " ") {
    entry(trim(substr($0, 3, 31)), trim(substr($0, 35)))
  } else {
    held = trim($0)
  }
  next
}
NF { printf ".PP\n%s\n", escaped($0) }
END {
  if (in_example) print ".EE"
  printf ".SH EXIT STATUS\n0 done, 1 failed, 2 wrong usage.\n"
  if (name == "pno") {
    print ".SH SEE ALSO\nOne page for each command, such as\n.BR pno\\-generate (1)."
  } else {
    print ".SH SEE ALSO\n.BR pno (1)"
  }
}
