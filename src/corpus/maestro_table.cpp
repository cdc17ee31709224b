#include "corpus/maestro_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "corpus/csv_reader.h"

namespace pno::corpus {
namespace {

using Json = nlohmann::json;

// The columns that are read, in the order of RowTexts.
constexpr std::array<std::string_view, 5> kColumns = {"midi_filename", "canonical_title",
                                                      "canonical_composer", "performer", "split"};
using RowTexts = std::array<std::string, kColumns.size()>;

// `place` names the row in a problem: "line 7", "record 3".
void add_row(RowTexts&& texts, const std::string& place, MaestroTable& table) {
  auto& [file, title, composer, performer, split] = texts;
  if (file.empty()) {
    table.problems.push_back(fmt::format("{} names no MIDI file", place));
    return;
  }
  TableRow row{.midi_file = std::move(file),
               .title = std::move(title),
               .composer = std::move(composer),
               .performer = std::move(performer),
               .split = std::nullopt};
  if (!split.empty()) {
    Split parsed{};
    if (parse_field(split, parsed)) {
      row.split = parsed;
    } else {
      table.problems.push_back(fmt::format("{} has the split '{}', which is not one of {}", place,
                                           split, enum_choices<Split>()));
    }
  }
  table.rows.push_back(std::move(row));
}

// Text as it is; null, as Python writes a missing value, as none.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string()
                         : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Expected<MaestroTable> from_records(const Json& records) {
  MaestroTable table;
  bool any_named = false;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string place = fmt::format("record {}", i);
    if (!records[i].is_object()) {
      table.problems.push_back(fmt::format("{} is no object", place));
      continue;
    }
    RowTexts texts;
    for (std::size_t column = 0; column < kColumns.size(); ++column) {
      const auto found = records[i].find(kColumns[column]);
      if (found == records[i].end()) continue;
      texts[column] = text_of(*found);
      any_named |= column == 0;
    }
    add_row(std::move(texts), place, table);
  }
  if (!any_named) return fail("is no table of MAESTRO's: no record has a {}", kTableMark);
  return table;
}

// Numbers in their order, so that "10" comes after "9".
bool comes_before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Expected<MaestroTable> from_columns(const Json& columns) {
  const auto files = columns.find(kTableMark);
  if (files == columns.end() || !files->is_object()) {
    return fail("is no table of MAESTRO's: it has no column {}", kTableMark);
  }
  std::vector<std::string> keys;
  for (const auto& [key, file] : files->items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), comes_before);

  MaestroTable table;
  for (const auto& key : keys) {
    RowTexts texts;
    for (std::size_t column = 0; column < kColumns.size(); ++column) {
      const auto values = columns.find(kColumns[column]);
      if (values == columns.end() || !values->is_object()) continue;
      const auto value = values->find(key);
      if (value != values->end()) texts[column] = text_of(*value);
    }
    add_row(std::move(texts), fmt::format("row {}", key), table);
  }
  return table;
}

}  // namespace

Expected<MaestroTable> parse_maestro_csv(std::string_view text) {
  CsvReader csv(text);
  std::vector<std::string> fields;
  csv.next(fields);
  constexpr std::size_t kAbsent = SIZE_MAX;
  std::array<std::size_t, kColumns.size()> places{};
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    const auto found = std::find(fields.begin(), fields.end(), kColumns[column]);
    places[column] =
        found == fields.end() ? kAbsent : static_cast<std::size_t>(found - fields.begin());
  }
  if (places[0] == kAbsent) {
    return fail("is no table of MAESTRO's: its first line has no column {}", kTableMark);
  }

  MaestroTable table;
  const std::size_t width = fields.size();
  while (csv.next(fields)) {
    const std::string place = fmt::format("line {}", csv.line());
    if (csv.unclosed_quote()) {
      table.problems.push_back(fmt::format("{} opens a quote that is never closed", place));
    } else if (fields.size() != width) {
      table.problems.push_back(
          fmt::format("{} has {} fields where {} were expected", place, fields.size(), width));
    } else {
      RowTexts texts;
      for (std::size_t column = 0; column < kColumns.size(); ++column) {
        if (places[column] != kAbsent) texts[column] = std::move(fields[places[column]]);
      }
      add_row(std::move(texts), place, table);
    }
  }
  return table;
}

Expected<MaestroTable> parse_maestro_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return fail("is no JSON that can be read; it may be cut short");
  if (json.is_array()) return from_records(json);
  if (json.is_object()) return from_columns(json);
  return fail("is no table of MAESTRO's: it holds neither records nor columns");
}

}  // namespace pno::corpus
