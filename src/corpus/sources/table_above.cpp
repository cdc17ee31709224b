#include "corpus/sources/table_above.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/text_encoding.h"
#include "corpus/sources/file_kind.h"
#include "corpus/sources/maestro_table.h"

namespace pno::corpus {
namespace {

namespace fs = std::filesystem;

// Bounds for folders that the user did not name; MAESTRO's JSON has 0.4 MB.
constexpr std::uintmax_t kMostBytes = 16 << 20;
constexpr std::size_t kMostTables = 32;

std::vector<std::string> files_listed_in(const fs::path& path, FileKind kind) {
  const auto bytes = read_text(path);
  if (!bytes) return {};
  const std::string text = utf8_text(*bytes);
  if (!mentions_midi_files(text)) return {};
  const auto table = kind == FileKind::json ? parse_maestro_json(text) : parse_maestro_csv(text);
  if (!table) return {};
  std::vector<std::string> files;
  for (const auto& row : table->rows) files.push_back(normal_name(row.midi_file));
  std::sort(files.begin(), files.end());
  return files;
}

// Whether one of the sorted names is `name` or lies in it.
bool has_any_in(const std::vector<std::string>& files, const std::string& name) {
  const auto folder = name + "/";
  const auto first = std::lower_bound(files.begin(), files.end(), folder);
  return std::binary_search(files.begin(), files.end(), name) ||
         (first != files.end() && first->starts_with(folder));
}

struct TableAbove {
  std::string name, folder;  // as seen from the source
};

class TablesAbove {
 public:
  // A table in one of the folders above `source` that lists files in it.
  std::optional<TableAbove> find(const std::string& source);

 private:
  struct Table {
    std::string leaf;
    std::vector<std::string> files;  // relative to the folder of the table, sorted
  };
  const std::vector<Table>& tables_in(const std::string& folder);

  std::map<std::string, std::vector<Table>> tables_;  // by the canonical name of their folder
};

const std::vector<TablesAbove::Table>& TablesAbove::tables_in(const std::string& folder) {
  const auto [known, is_new] = tables_.try_emplace(folder);
  if (!is_new) return known->second;
  std::vector<fs::path> paths;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto kind = file_kind(entry->path().filename().string());
    if (kind != FileKind::csv && kind != FileKind::json) continue;
    std::error_code ignored;
    if (!fs::is_regular_file(entry->path(), ignored)) continue;
    if (fs::file_size(entry->path(), ignored) <= kMostBytes) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  paths.resize(std::min(paths.size(), kMostTables));
  for (const auto& path : paths) {
    const auto leaf = path.filename().string();
    auto files = files_listed_in(path, file_kind(leaf));
    if (!files.empty()) known->second.push_back({leaf, std::move(files)});
  }
  return known->second;
}

std::optional<TableAbove> TablesAbove::find(const std::string& source) {
  constexpr int kMostLevels = 3;
  std::error_code error;
  fs::path real = fs::canonical(source.empty() ? "." : source, error);
  if (error) return std::nullopt;
  std::string seen = source, below;  // the folder as seen from the source; the source from there
  for (int level = 0; level < kMostLevels && real.has_relative_path(); ++level) {
    below = below.empty() ? real.filename().string() : join_name(real.filename().string(), below);
    real = real.parent_path();
    seen = normal_name(join_name(seen, ".."));
    for (const auto& table : tables_in(real.string())) {
      if (has_any_in(table.files, below)) {
        return TableAbove{join_name(seen, table.leaf), seen.empty() ? "." : seen};
      }
    }
  }
  return std::nullopt;
}

// The files of a source: those in a folder, or the file itself.
std::span<SourceFile> files_of(const std::string& source, std::vector<SourceFile>& files) {
  const auto name_of = [](const SourceFile& file) -> std::string_view {
    return file.location.name;
  };
  if (source.empty()) return files;  // the working folder; its files have no prefix
  const auto folder = join_name(source, "");
  const auto is_inside = [&](const SourceFile& file) { return name_of(file).starts_with(folder); };
  auto first = std::ranges::lower_bound(files, std::string_view(source), {}, name_of);
  if (first != files.end() && name_of(*first) == source) return {&*first, 1};
  first = std::ranges::lower_bound(files, std::string_view(folder), {}, name_of);
  const auto last = std::find_if_not(first, files.end(), is_inside);
  return {first, last};
}

}  // namespace

void look_above(const std::vector<std::string>& named, Sources& sources) {
  TablesAbove tables;
  std::map<std::string, int> known;  // numbers of Sources::tables by name
  for (const auto& source : named) {
    std::optional<TableAbove> above;
    for (SourceFile& file : files_of(source, sources.files)) {
      if (file.row != kNone || file.unlisted_in != kNone) continue;
      const std::string& name = file.location.name;
      if (source.empty() && (name.starts_with('/') || name.starts_with("../"))) continue;
      if (!above && !(above = tables.find(source))) break;
      const auto next = static_cast<int>(sources.tables.size());
      const auto [table, is_new] = known.emplace(above->name, next);
      if (is_new) {
        sources.tables.push_back(
            {.name = above->name,
             .is_read = false,
             .reason = fmt::format("lies above what was given; give the folder {} to use it",
                                   above->folder)});
      }
      file.unlisted_in = table->second;
      ++sources.tables[static_cast<std::size_t>(table->second)].split_by_content;
    }
  }
}

}  // namespace pno::corpus
