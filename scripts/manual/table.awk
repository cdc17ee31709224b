# The flags of one command from its --help, a line for each, with tabs between the fields:
#   COMMAND  FLAGS         VALUE  CHOICES      HELP
#   train    -o,--output   FOLDER              Folder of the run
#   train    --device      NAME   auto cpu cuda  Device to train on: auto, cpu, cuda
# VALUE is empty for a flag without a value. An argument without a flag has FLAGS "-".
# In --help, names begin in column 3 and descriptions in column 35; a name that is too long has its
# description on the next line.

function trim(text) {
  gsub(/^ +| +$/, "", text)
  return text
}

# The names that a value may have, with spaces between; empty if --help does not list them.
function choices_of(help,    count, parts, i, names) {
  if (help ~ /; [a-z]+: --/) {  # moods: "calm: --density 4; free: …"
    count = split(help, parts, "; ")
    names = ""
    for (i = 1; i <= count; ++i) {
      if (parts[i] ~ /^[a-z]+: --/) names = names " " substr(parts[i], 1, index(parts[i], ":") - 1)
    }
    return trim(names)
  }
  if (help !~ /: [a-z0-9-]+(, [a-z0-9-]+)+(, or [^:]*)?$/) return ""
  sub(/^.*: /, "", help)
  sub(/, or .*$/, "", help)
  gsub(/,/, "", help)
  return help
}

function add_entry(name, help,    flags, value) {
  sub(/ \(required\)/, "", name)
  sub(/ (with|without): .*$/, "", name)
  if (section == "Arguments") {
    printf "%s\t-\tFILE\t\t%s\n", command, help
    return
  }
  flags = name
  value = ""
  if (match(name, / /)) {
    flags = substr(name, 1, RSTART - 1)
    value = substr(name, RSTART + 1)
    sub(/=.*$/, "", value)
    sub(/ \.\.\.$/, "", value)
  }
  printf "%s\t%s\t%s\t%s\t%s\n", command, flags, value, (value == "NAME" ? choices_of(help) : ""), help
}

/^Example:/ { exit }
/^[A-Z][A-Za-z ]*:$/ { section = substr($0, 1, length($0) - 1); next }
section == "" { next }
/^                                  [^ ]/ {
  if (held != "") add_entry(held, trim($0))
  held = ""
  next
}
/^  [^ ]/ {
  if (substr($0, 34, 1) == " " && substr($0, 35) != "" && substr($0, 35, 1) != " ") {
    add_entry(trim(substr($0, 3, 31)), trim(substr($0, 35)))
  } else {
    held = trim($0)
  }
}
