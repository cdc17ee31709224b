#include "cli/flat_toml.h"

#include <toml++/toml.h>

#include "base/file.h"

namespace pno::cli {

Expected<std::vector<std::pair<std::string, std::string>>> read_flat_toml(
    const std::filesystem::path& path) {
  PNO_TRY(const auto text, read_text(path));
  const auto parsed = toml::parse(text, path.string());
  if (!parsed) {
    return fail("{}:{}: not valid TOML: {}", path.string(), parsed.error().source().begin.line,
                parsed.error().description());
  }
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [key, value] : parsed.table()) {
    if (const auto* number = value.as_integer()) {
      values.emplace_back(key.str(), fmt::format("{}", number->get()));
    } else if (const auto* line = value.as_string()) {
      values.emplace_back(key.str(), line->get());
    } else {
      return fail("{}:{}: {} is neither an integer nor a text", path.string(),
                  value.source().begin.line, key.str());
    }
  }
  return values;
}

}  // namespace pno::cli
