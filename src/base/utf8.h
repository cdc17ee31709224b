#pragma once

// Checks and repairs UTF-8, as the Unicode standard defines it in table 3-7: surrogates, overlong
// forms and code points beyond U+10FFFF are invalid.

#include <cstddef>
#include <string>
#include <string_view>

namespace pno {

// The number of bytes before the first invalid one; text.size() if all are valid.
std::size_t valid_utf8_bytes(std::string_view text);

// Every byte that is not part of a valid character becomes `replacement`.
std::string repair_utf8(std::string_view text, std::string_view replacement);

}  // namespace pno
