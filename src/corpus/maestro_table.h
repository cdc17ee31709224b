#pragma once

// MAESTRO's tables, which say for each MIDI file its composer, title and split.
//   CSV (all versions): a header line with canonical_composer, canonical_title, split, year,
//     midi_filename, audio_filename, duration, in any order, and of other corpora performer;
//     fields quoted as RFC 4180 has it.
//   JSON v1: a list of records {"canonical_composer": "…", …}.
//   JSON v2, v3: columns {"canonical_composer": {"0": "…", …}, …}.
// Only midi_filename must be there; without a split the file gets one by content.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "corpus/dataset.h"

namespace pno::corpus {

struct TableRow {
  std::string midi_file;  // relative to the folder of the table, as the table says it
  std::string title, composer, performer;
  std::optional<Split> split;
};

struct MaestroTable {
  std::vector<TableRow> rows;
  std::vector<std::string> problems;  // "line 7 has 5 fields where 7 were expected"
};

// Any other text that is CSV or JSON has no mention of this word.
inline constexpr std::string_view kTableMark = "midi_filename";

// A row that cannot be read becomes a problem and the others stay. Fails, with a clause, for a
// text that is no such table at all.
Expected<MaestroTable> parse_maestro_csv(std::string_view text);
Expected<MaestroTable> parse_maestro_json(std::string_view text);

}  // namespace pno::corpus
