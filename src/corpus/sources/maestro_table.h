#pragma once

// MAESTRO's tables, which say for each MIDI file its composer, title and split.
//   CSV (all versions): a header line with canonical_composer, canonical_title, split, year,
//     midi_filename, audio_filename, duration, in any order, and of other corpora performer;
//     fields quoted as RFC 4180 says.
//   JSON v1: a list of records {"canonical_composer": "…", …}.
//   JSON v2, v3: columns {"canonical_composer": {"0": "…", …}, …}.
// Only midi_filename must be there; without a split the file gets one by content.
//
// A table that went through an editor or a spreadsheet is read, too: in UTF-16 or Windows-1252,
// with any line ends, with semicolons, tabs or bars as separators, with lines before its header,
// with blanks around its fields, with "MIDI Filename" for midi_filename and "Train" for train, with
// NaN in its JSON.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "corpus/dataset.h"

namespace pno::corpus {

struct TableRow {
  std::string midi_file;  // relative to the folder of the table, folders separated by '/'
  std::string title, composer, performer;
  std::optional<Split> split;
};

struct MaestroTable {
  std::vector<TableRow> rows;
  std::vector<std::string> problems;  // "line 7 has 5 fields where 7 were expected"
};

// Whether the text (UTF-8) names a column midi_filename anywhere, however it is spelt: any other
// CSV or JSON is not meant as a table of MIDI files.
bool mentions_midi_files(std::string_view text);

// Both take UTF-8. A row that cannot be read becomes a problem and the others stay. Returns an
// error, a clause, for a text that is not such a table.
Expected<MaestroTable> parse_maestro_csv(std::string_view text);
Expected<MaestroTable> parse_maestro_json(std::string_view text);

}  // namespace pno::corpus
