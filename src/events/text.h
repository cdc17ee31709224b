#pragma once

// Events as text, one per line: "TIME_SHIFT 12", "NOTE_ON 60", "BOS".

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "events/vocabulary.h"

namespace pno::events {

std::string to_text(std::span<const Token> tokens, const Vocabulary& vocabulary);

// Skips empty lines and text after '#'. Returns an error that names the line and what is allowed.
Expected<std::vector<Token>> from_text(std::string_view text, const Vocabulary& vocabulary);

}  // namespace pno::events
