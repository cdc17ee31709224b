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

// The text may be UTF-8 with or without a byte order mark or UTF-16, with any line ends. Empty
// lines and what follows a '#' are skipped. The error names the line and what it may hold.
Expected<std::vector<Token>> from_text(std::string_view bytes, const Vocabulary& vocabulary);

}  // namespace pno::events
