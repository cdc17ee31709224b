#pragma once

// A vocabulary as a model file stores it: its fields, and the names of the composers that COMPOSER
// tokens stand for.

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "events/vocabulary.h"

namespace pno::events {

// COMPOSER 0 of every model with roles: composers who have no token of their own.
inline constexpr std::string_view kOtherComposer = "other";

struct StoredVocabulary {
  Vocabulary ids;
  // By the value of COMPOSER, kOtherComposer first; empty without roles.
  std::vector<std::string> composers = {};

  bool operator==(const StoredVocabulary&) const = default;
};

// `events` with roles, and COMPOSER tokens for "other" and `names`. Returns an error if a name is
// empty, stands there twice, is "other", or holds a semicolon or control character; or if there are
// more than 999.
Expected<StoredVocabulary> with_roles(Vocabulary events, const std::vector<std::string>& names);

// Writes "vocabulary.steps_per_second" and so on. Without roles these are the fields that
// put_fields() writes, and no others; with roles also "vocabulary.roles" (true) and
// "vocabulary.composers" (the names, separated by semicolons).
void put_vocabulary(const StoredVocabulary& vocabulary, TextFields& into);

// Reads what put_vocabulary() wrote. Returns an error that names the field if one is missing or
// wrong.
Expected<StoredVocabulary> get_vocabulary(const TextFields& from);

}  // namespace pno::events
