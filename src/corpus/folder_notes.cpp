#include "corpus/folder_notes.h"

#include <algorithm>

namespace pno::corpus {
namespace {

// To the folder above, as far as the name tells of one.
bool climb(std::string_view& folder) {
  if (folder.empty() || folder == "/" || folder == ".." || folder.ends_with("/..")) return false;
  folder = folder_of(folder);
  return true;
}

}  // namespace

int FolderNotes::add_table(const std::string& name, FileKind kind, std::string_view text) {
  if (text.find(kTableMark) == std::string_view::npos) return kNone;
  auto table = kind == FileKind::csv ? parse_maestro_csv(text) : parse_maestro_json(text);
  if (!table) {
    sources_.remarks.push_back({name, table.error().message});
    return kNone;
  }
  if (!table->problems.empty()) {
    const std::size_t more = table->problems.size() - 1;
    sources_.remarks.push_back(
        {name, table->problems[0] + (more == 0 ? "" : fmt::format(", and {} more such", more))});
  }
  const int number = static_cast<int>(sources_.tables.size());
  sources_.tables.push_back(name);
  const std::string folder(folder_of(name));
  Notes& notes = notes_[folder];
  if (notes.table == kNone) notes.table = number;
  for (auto& row : table->rows) {
    const int index = static_cast<int>(sources_.rows.size());
    // MAESTRO ships the same table as CSV and as JSON; the first to name a file tells of it.
    if (!row_of_.emplace(normal_name(join_name(folder, row.midi_file)), index).second) continue;
    sources_.rows.push_back(std::move(row));
    table_of_row_.push_back(number);
  }
  return number;
}

void FolderNotes::add_licence(const std::string& name, std::string_view text) {
  Notes& notes = notes_[std::string(folder_of(name))];
  const std::string title = licence_title(text);
  if (notes.licence != kNone || title.empty()) return;
  const auto known = std::find(sources_.licences.begin(), sources_.licences.end(), title);
  notes.licence = static_cast<int>(known - sources_.licences.begin());
  if (known == sources_.licences.end()) sources_.licences.push_back(title);
}

std::vector<std::string> FolderNotes::files_of_table(int table) const {
  std::vector<std::string> names;
  const auto folder = folder_of(sources_.tables[static_cast<std::size_t>(table)]);
  for (std::size_t row = 0; row < table_of_row_.size(); ++row) {
    if (table_of_row_[row] != table) continue;
    names.push_back(normal_name(join_name(folder, sources_.rows[row].midi_file)));
  }
  return names;
}

void FolderNotes::attach() {
  std::vector<bool> found(sources_.rows.size());
  for (auto& file : sources_.files) {
    attach_nearest(file);
    const auto row = row_of_.find(file.location.name);
    if (row == row_of_.end()) continue;
    file.row = row->second;
    file.table = table_of_row_[static_cast<std::size_t>(file.row)];
    file.unlisted_in = kNone;
    found[static_cast<std::size_t>(file.row)] = true;
  }
  remark_missing(found);
}

void FolderNotes::attach_nearest(SourceFile& file) const {
  std::string_view folder = file.location.name;
  while (climb(folder)) {
    const auto notes = notes_.find(folder);
    if (notes == notes_.end()) continue;
    if (file.unlisted_in == kNone) file.unlisted_in = notes->second.table;
    if (file.licence == kNone) file.licence = notes->second.licence;
  }
}

void FolderNotes::remark_missing(const std::vector<bool>& found) {
  std::vector<std::int64_t> missing(sources_.tables.size());
  std::vector<std::string> first(sources_.tables.size());
  for (std::size_t row = 0; row < found.size(); ++row) {
    const auto table = static_cast<std::size_t>(table_of_row_[row]);
    if (found[row]) continue;
    if (missing[table]++ == 0) first[table] = sources_.rows[row].midi_file;
  }
  for (std::size_t table = 0; table < missing.size(); ++table) {
    if (missing[table] == 0) continue;
    sources_.remarks.push_back(
        {sources_.tables[table],
         missing[table] == 1 ? fmt::format("lists {}, which is not there", first[table])
                             : fmt::format("lists {} files that are not there, among them {}",
                                           missing[table], first[table])});
  }
}

}  // namespace pno::corpus
