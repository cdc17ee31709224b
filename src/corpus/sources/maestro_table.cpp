#include "corpus/sources/maestro_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "base/ascii.h"
#include "corpus/sources/csv_reader.h"

namespace pno::corpus {
namespace {

using Json = nlohmann::json;

// The columns that are read, in the order of RowTexts.
constexpr std::array<std::string_view, 5> kColumns = {"midi_filename", "canonical_title",
                                                      "canonical_composer", "performer", "split"};
using RowTexts = std::array<std::string, kColumns.size()>;
constexpr std::string_view kFileColumn = kColumns[0];

char normal_letter(char c) {
  const bool is_gap = c == ' ' || c == '-';
  return is_gap ? '_' : lower_case(c);
}

// "midi_filename" for "MIDI Filename" and "midi-filename".
std::string normal_column(std::string_view name) {
  std::string normal(name);
  for (char& c : normal) c = normal_letter(c);
  return normal;
}

// The number of the column that has this name, in kColumns; kColumns.size() for any other.
std::size_t column_of(std::string_view name) {
  const auto found = std::find(kColumns.begin(), kColumns.end(), normal_column(name));
  return static_cast<std::size_t>(found - kColumns.begin());
}

// `place` names the row in a problem: "line 7", "record 3".
void add_row(RowTexts&& texts, const std::string& place, MaestroTable& table) {
  auto& [file, title, composer, performer, split] = texts;
  if (file.empty()) {
    table.problems.push_back(fmt::format("{} names no MIDI file", place));
    return;
  }
  std::replace(file.begin(), file.end(), '\\', '/');
  TableRow row{.midi_file = std::move(file),
               .title = std::move(title),
               .composer = std::move(composer),
               .performer = std::move(performer),
               .split = std::nullopt};
  if (!split.empty()) {
    Split parsed{};
    if (parse_field(lower_case(split), parsed)) {
      row.split = parsed;
    } else {
      table.problems.push_back(fmt::format("{} has the split '{}', which is not one of {}", place,
                                           split, enum_choices<Split>()));
    }
  }
  table.rows.push_back(std::move(row));
}

// Text as it is; nothing for null, which Python writes for a missing value.
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
      table.problems.push_back(fmt::format("{} is not an object", place));
      continue;
    }
    RowTexts texts;
    for (const auto& [name, value] : records[i].items()) {
      const std::size_t column = column_of(name);
      if (column == kColumns.size()) continue;
      texts.at(column) = text_of(value);
      any_named |= column == 0;
    }
    add_row(std::move(texts), place, table);
  }
  if (!any_named) return fail("is not a table of MAESTRO: no record has a {}", kFileColumn);
  return table;
}

// Numbers in their order, so that "10" comes after "9".
bool comes_before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Expected<MaestroTable> from_columns(const Json& json) {
  std::array<const Json*, kColumns.size()> columns{};
  for (const auto& [name, values] : json.items()) {
    const std::size_t column = column_of(name);
    if (column < kColumns.size() && values.is_object()) columns.at(column) = &values;
  }
  if (columns[0] == nullptr) {
    return fail("is not a table of MAESTRO: it has no column {}", kFileColumn);
  }
  std::vector<std::string> keys;
  for (const auto& [key, file] : columns[0]->items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end(), comes_before);

  MaestroTable table;
  for (const auto& key : keys) {
    RowTexts texts;
    for (std::size_t column = 0; column < columns.size(); ++column) {
      if (columns.at(column) == nullptr) continue;
      const auto value = columns.at(column)->find(key);
      if (value != columns.at(column)->end()) texts.at(column) = text_of(*value);
    }
    add_row(std::move(texts), fmt::format("row {}", key), table);
  }
  return table;
}

// Python writes NaN and Infinity for missing values, which JSON does not have: null here.
std::string without_nan(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  bool is_quoted = false;
  for (std::size_t at = 0; at < json.size();) {
    const auto rest = json.substr(at);
    std::size_t length = 1;
    if (!is_quoted) {
      for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
        if (rest.starts_with(word)) length = word.size();
      }
    } else if (rest.starts_with('\\') && rest.size() > 1) {
      length = 2;
    }
    if (rest.front() == '"') is_quoted = !is_quoted;
    const bool is_word = !is_quoted && length > 1;
    text += is_word ? std::string_view("null") : rest.substr(0, length);
    at += length;
  }
  return text;
}

// Where the columns of kColumns stand in a CSV.
struct CsvHeader {
  static constexpr std::size_t kAbsent = SIZE_MAX;
  std::array<std::size_t, kColumns.size()> places{};
  std::size_t width = 0;  // fields in its line
  bool has_files() const { return places[0] != kAbsent; }
};

CsvHeader header_of(const std::vector<std::string>& fields) {
  CsvHeader header{.places = {}, .width = fields.size()};
  header.places.fill(CsvHeader::kAbsent);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t column = column_of(fields[i]);
    if (column < kColumns.size() && header.places.at(column) == CsvHeader::kAbsent) {
      header.places.at(column) = i;
    }
  }
  return header;
}

// Reads up to the header, which a line or two may stand before ("sep=;", a title).
CsvHeader find_header(CsvReader& csv, std::vector<std::string>& fields) {
  constexpr int kLinesBefore = 10;
  CsvHeader header = header_of({});
  for (int line = 0; line <= kLinesBefore && !header.has_files() && csv.next(fields); ++line) {
    header = header_of(fields);
  }
  return header;
}

// Of the separators that find the column of the files, the one that finds most columns.
char separator_of(std::string_view text) {
  char best = ',';
  std::size_t most_fields = 0;
  for (const char separator : {',', ';', '\t', '|'}) {
    CsvReader csv(text, separator);
    std::vector<std::string> fields;
    const auto header = find_header(csv, fields);
    if (!header.has_files() || header.width <= most_fields) continue;
    best = separator;
    most_fields = header.width;
  }
  return best;
}

// A spreadsheet may end each line in separators.
void drop_empty_ends(std::vector<std::string>& fields, std::size_t width) {
  while (fields.size() > width && fields.back().empty()) fields.pop_back();
}

}  // namespace

bool mentions_midi_files(std::string_view text) {
  const auto is_same = [](char c, char wanted) { return normal_letter(c) == wanted; };
  return std::search(text.begin(), text.end(), kFileColumn.begin(), kFileColumn.end(), is_same) !=
         text.end();
}

Expected<MaestroTable> parse_maestro_csv(std::string_view text) {
  CsvReader csv(text, separator_of(text));
  std::vector<std::string> fields;
  const auto header = find_header(csv, fields);
  if (!header.has_files()) {
    return fail("is not a table of MAESTRO: its header has no column {}", kFileColumn);
  }
  MaestroTable table;
  while (csv.next(fields)) {
    const std::string place = fmt::format("line {}", csv.line());
    drop_empty_ends(fields, header.width);
    if (csv.unclosed_quote()) {
      table.problems.push_back(fmt::format("{} opens a quote that is never closed", place));
    } else if (fields.size() != header.width) {
      table.problems.push_back(fmt::format("{} has {} fields where {} were expected", place,
                                           fields.size(), header.width));
    } else {
      RowTexts texts;
      for (std::size_t column = 0; column < kColumns.size(); ++column) {
        const std::size_t field = header.places.at(column);
        if (field != CsvHeader::kAbsent) texts.at(column) = std::move(fields[field]);
      }
      add_row(std::move(texts), place, table);
    }
  }
  return table;
}

Expected<MaestroTable> parse_maestro_json(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    json = Json::parse(without_nan(text), nullptr, /*allow_exceptions=*/false);
  }
  if (json.is_discarded()) return fail("is not JSON that can be read; it may be cut short");
  if (json.is_array()) return from_records(json);
  if (json.is_object()) return from_columns(json);
  return fail("is not a table of MAESTRO: it holds neither records nor columns");
}

}  // namespace pno::corpus
