#include "events/stored_vocabulary.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace pno::events {
namespace {

constexpr std::string_view kPrefix = "vocabulary.";
const std::string kRoles = "vocabulary.roles", kComposers = "vocabulary.composers";
constexpr char kSeparator = ';';

bool is_storable(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return c == kSeparator || (c >= 0 && c < ' ') || c == '\x7F';
  });
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    const auto end = std::min(text.find(kSeparator), text.size());
    names.emplace_back(text.substr(0, end));
    if (end == text.size()) return names;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Expected<StoredVocabulary> with_roles(Vocabulary events, const std::vector<std::string>& names) {
  StoredVocabulary result{events, {std::string(kOtherComposer)}};
  for (const auto& name : names) {
    if (!is_storable(name)) return fail("'{}' cannot be stored as the name of a composer", name);
    const auto& known = result.composers;
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return fail("the composer '{}' stands there twice", name);
    }
    result.composers.push_back(name);
  }
  result.ids.has_roles = true;
  result.ids.composers = static_cast<int>(result.composers.size());
  PNO_TRY_VOID(result.ids.validate());
  return result;
}

void put_vocabulary(const StoredVocabulary& vocabulary, TextFields& into) {
  put_fields(vocabulary.ids, kPrefix, into);
  if (!vocabulary.ids.has_roles) return;
  into[kRoles] = "true";
  into[kComposers] = fmt::format("{}", fmt::join(vocabulary.composers, std::string(1, kSeparator)));
}

Expected<StoredVocabulary> get_vocabulary(const TextFields& from) {
  PNO_TRY(const auto events, get_fields<Vocabulary>(kPrefix, from));
  const auto checked = [](const Vocabulary& ids) -> Expected<void> {
    const auto valid = ids.validate();
    return valid ? Expected<void>() : fail("{}{}", kPrefix, valid.error().message);
  };
  PNO_TRY_VOID(checked(events));
  const auto roles = from.find(kRoles);
  if (roles == from.end()) return StoredVocabulary{events};
  if (roles->second != "true") return fail("{}: '{}' is not true", kRoles, roles->second);
  const auto composers = from.find(kComposers);
  if (composers == from.end()) return fail("{} is missing", kComposers);
  auto names = split_names(composers->second);
  if (names.front() != kOtherComposer) {
    return fail("{}: '{}' stands first, where '{}' was expected", kComposers, names.front(),
                kOtherComposer);
  }
  names.erase(names.begin());
  auto result = with_roles(events, names);
  if (!result) return fail("{}: {}", kComposers, result.error().message);
  return result;
}

}  // namespace pno::events
