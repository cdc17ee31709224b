#include "cli/kept_flags.h"

#include <algorithm>

namespace pno::cli {
namespace {

std::string field_name(const CLI::Option& option) {
  std::string name = option.get_lnames().front();
  std::ranges::replace(name, '-', '_');
  return name;
}

// True if the command line has the flag or one that excludes it.
bool is_decided(const CLI::Option& option) {
  const auto excluding = option.get_excludes();
  return option.count() > 0 ||
         std::ranges::any_of(excluding, [](const auto* other) { return other->count() > 0; });
}

}  // namespace

TextFields KeptFlags::texts() const {
  TextFields texts;
  for (const auto& flag : flags_) texts[field_name(*flag.option)] = flag.text();
  return texts;
}

Expected<void> KeptFlags::restore(const TextFields& texts, const std::string& file) const {
  for (const auto& [name, text] : texts) {
    const auto flag = std::ranges::find_if(
        flags_, [&](const Flag& kept) { return field_name(*kept.option) == name; });
    if (flag == flags_.end()) return fail("{}: [run] has '{}', which is not a flag", file, name);
    if (is_decided(*flag->option)) continue;
    const auto set = flag->set(text);
    if (!set) return fail("{}: [run]: {}: {}", file, name, set.error().message);
  }
  return {};
}

}  // namespace pno::cli
