#pragma once

// One row of the table of measure_music: the measures of one setting, or of real music.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "eval/note_measures.h"

namespace pno::bench {

struct MusicRow {
  std::string name = {};
  eval::NoteMeasures measures = {};
  std::int64_t tokens = 0;                             // drawn, or of real music
  std::map<std::string, std::int64_t> mended_by = {};  // draws by fault
};

// Two lines of Markdown, and one. Shares of notes are in percent.
std::string table_head();
std::string table_row(const MusicRow& row);

// One line of JSON with everything, the histogram included.
std::string json_row(const MusicRow& row);

// A table of the lengths of notes in percent, a column for each row.
std::string length_table(const std::vector<MusicRow>& rows);

}  // namespace pno::bench
