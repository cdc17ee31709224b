#include "corpus/sources/file_kind.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/printable_text.h"

namespace pno::corpus {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

constexpr std::array<std::pair<std::string_view, FileKind>, 18> kEndings = {{
    {".mid", FileKind::midi},
    {".midi", FileKind::midi},
    {".kar", FileKind::midi},
    {".rmi", FileKind::midi},
    {".zip", FileKind::zip},
    {".csv", FileKind::csv},
    {".tsv", FileKind::csv},
    {".tab", FileKind::csv},
    {".json", FileKind::json},
    {".tar", FileKind::packed},
    {".tgz", FileKind::packed},
    {".gz", FileKind::packed},
    {".bz2", FileKind::packed},
    {".tbz2", FileKind::packed},
    {".xz", FileKind::packed},
    {".zst", FileKind::packed},
    {".7z", FileKind::packed},
    {".rar", FileKind::packed},
}};

}  // namespace

FileKind file_kind(std::string_view name) {
  const auto slash = name.rfind('/');
  const std::string leaf =
      lower_case(slash == std::string_view::npos ? name : name.substr(slash + 1));
  if (leaf.starts_with("._")) return FileKind::other;
  for (const auto& [ending, kind] : kEndings) {
    if (leaf.ends_with(ending)) return kind;
  }
  const std::string stem = leaf.substr(0, leaf.find('.'));
  const std::string ending = leaf.substr(stem.size());
  const bool is_text = ending.empty() || ending == ".md" || ending == ".txt";
  if (is_text && (stem == "license" || stem == "licence")) return FileKind::licence;
  return leaf.ends_with(".txt") ? FileKind::text : FileKind::other;
}

std::string join_name(std::string_view folder, std::string_view leaf) {
  std::string name(folder);
  if (!name.empty() && name.back() != '/') name += '/';
  return name += leaf;
}

std::string_view folder_of(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash == std::string_view::npos) return {};
  return name.substr(0, slash == 0 ? 1 : slash);
}

std::string normal_name(std::string_view name) {
  std::string normal = std::filesystem::path(name).lexically_normal().generic_string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal == "." ? std::string() : normal;
}

std::string licence_title(std::string_view text) {
  constexpr std::size_t kLongestTitle = 200;
  constexpr std::string_view kMarks = "# \t\r";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t first = line.find_first_not_of(kMarks);
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(kMarks) + 1 - first);
    return printable_text(line.substr(0, kLongestTitle));
  }
  return {};
}

}  // namespace pno::corpus
