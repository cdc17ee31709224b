#include "corpus/sources/folder_notes.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace pno::corpus {
namespace {

// To the folder above, as far as the name tells of one.
bool climb(std::string_view& folder) {
  if (folder.empty() || folder == "/" || folder == ".." || folder.ends_with("/..")) return false;
  folder = folder_of(folder);
  return true;
}

// The name to find a file by, in UTF-8 as the text of a table. A zip that was unpacked without care
// leaves files with backslashes in their names, which stand for folders.
std::string key_of(std::string_view name) {
  if (name.find('\\') == std::string_view::npos && is_utf8(name)) return std::string(name);
  std::string key = utf8_text(name);
  std::replace(key.begin(), key.end(), '\\', '/');
  return normal_name(key);
}

std::string problems_text(const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  const std::size_t more = problems.size() - 1;
  return problems[0] + (more == 0 ? "" : fmt::format(", and {} more such", more));
}

void add_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

}  // namespace

int FolderNotes::add_table(const std::string& name, FileKind kind, std::string_view bytes) {
  const std::string text = utf8_text(bytes);
  if (!mentions_midi_files(text)) return kNone;
  auto table = kind == FileKind::json ? parse_maestro_json(text) : parse_maestro_csv(text);
  if (!table && kind == FileKind::text) return kNone;
  const int number = static_cast<int>(sources_.tables.size());
  const std::string key = key_of(name);
  const std::string folder(folder_of(key));
  if (!table) {
    sources_.tables.push_back({.name = name, .is_read = false, .reason = table.error().message});
    set_table(folder, number);
    return number;
  }
  sources_.tables.push_back(
      {.name = name, .is_read = true, .reason = problems_text(table->problems)});
  set_table(folder, number);
  for (auto& row : table->rows) {
    const int index = static_cast<int>(sources_.rows.size());
    // MAESTRO ships the same table as CSV and as JSON; the first to name a file tells of it.
    if (!row_of_.emplace(normal_name(join_name(folder, row.midi_file)), index).second) continue;
    sources_.rows.push_back(std::move(row));
    table_of_row_.push_back(number);
  }
  return number;
}

// The first table of a folder counts; one that cannot be read only if it is the only one.
void FolderNotes::set_table(const std::string& folder, int table) {
  int& known = notes_[folder].table;
  const auto is_read = [&](int number) {
    return sources_.tables[static_cast<std::size_t>(number)].is_read;
  };
  if (known == kNone || (!is_read(known) && is_read(table))) known = table;
}

void FolderNotes::add_licence(const std::string& name, std::string_view text) {
  const std::string key = key_of(name);
  Notes& notes = notes_[std::string(folder_of(key))];
  const std::string title = licence_title(text);
  if (notes.licence != kNone || title.empty()) return;
  const auto known = std::find(sources_.licences.begin(), sources_.licences.end(), title);
  notes.licence = static_cast<int>(known - sources_.licences.begin());
  if (known == sources_.licences.end()) sources_.licences.push_back(title);
}

std::vector<std::string> FolderNotes::files_of_table(int table) const {
  std::vector<std::string> names;
  const auto folder = folder_of(sources_.tables[static_cast<std::size_t>(table)].name);
  for (std::size_t row = 0; row < table_of_row_.size(); ++row) {
    if (table_of_row_[row] != table) continue;
    names.push_back(normal_name(join_name(folder, sources_.rows[row].midi_file)));
  }
  return names;
}

void FolderNotes::attach() {
  std::vector<bool> found(sources_.rows.size());
  std::vector<std::int64_t> unlisted(sources_.tables.size()), without_split(unlisted.size());
  for (auto& file : sources_.files) {
    const std::string key = key_of(file.location.name);
    attach_nearest(key, file);
    const auto row = row_of_.find(key);
    if (row == row_of_.end()) {
      if (file.unlisted_in != kNone) ++unlisted[static_cast<std::size_t>(file.unlisted_in)];
      continue;
    }
    file.row = row->second;
    file.table = table_of_row_[static_cast<std::size_t>(file.row)];
    file.unlisted_in = kNone;
    const auto index = static_cast<std::size_t>(file.row);
    found[index] = true;
    if (!sources_.rows[index].split) {
      ++without_split[static_cast<std::size_t>(table_of_row_[index])];
    }
  }
  look_for_missing(found);
  for (std::size_t i = 0; i < unlisted.size(); ++i) {
    SourceTable& table = sources_.tables[i];
    table.split_by_content = unlisted[i] + without_split[i];
    if (table.is_read && unlisted[i] > 0) {
      add_clause(table.reason,
                 fmt::format("does not list {} of the files below its folder", unlisted[i]));
    }
    if (without_split[i] > 0) {
      add_clause(table.reason, fmt::format("says no split of {} files", without_split[i]));
    }
  }
}

void FolderNotes::attach_nearest(std::string_view folder, SourceFile& file) const {
  while (climb(folder)) {
    const auto notes = notes_.find(folder);
    if (notes == notes_.end()) continue;
    if (file.unlisted_in == kNone) file.unlisted_in = notes->second.table;
    if (file.licence == kNone) file.licence = notes->second.licence;
  }
}

void FolderNotes::look_for_missing(const std::vector<bool>& found) {
  std::vector<std::int64_t> missing(sources_.tables.size());
  std::vector<std::string> first(sources_.tables.size());
  for (std::size_t row = 0; row < found.size(); ++row) {
    const auto table = static_cast<std::size_t>(table_of_row_[row]);
    if (found[row]) continue;
    if (missing[table]++ == 0) first[table] = sources_.rows[row].midi_file;
  }
  for (std::size_t table = 0; table < missing.size(); ++table) {
    if (missing[table] == 0) continue;
    add_clause(sources_.tables[table].reason,
               missing[table] == 1 ? fmt::format("lists {}, which is not there", first[table])
                                   : fmt::format("lists {} files that are not there, among them {}",
                                                 missing[table], first[table]));
  }
}

}  // namespace pno::corpus
