#pragma once

// Text files as UTF-8, whatever program saved them.

#include <string>
#include <string_view>

namespace pno {

// The text of a file as UTF-8, without a byte order mark:
//   UTF-16, little or big endian, known by its byte order mark, or without one by the zero byte
//     in its first character (as all texts that begin with an ASCII character have);
//   UTF-8, as it is;
//   bytes that are not UTF-8: each byte is a character of Windows-1252.
// Half a surrogate pair, or a last odd byte, becomes U+FFFD. Does not throw but for memory.
std::string utf8_text(std::string_view bytes);

bool is_utf8(std::string_view text);

}  // namespace pno
