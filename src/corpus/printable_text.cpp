#include "corpus/printable_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace pno::corpus {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

bool continues(std::string_view text, std::size_t i) {
  return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

// Bytes of the UTF-8 character that `text` begins with; 0 where there is none.
// Well-formed sequences are those of table 3-7 of the Unicode standard.
std::size_t utf8_length(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !continues(text, 1)) return 0;
  if (lead < 0xE0) return 2;
  const std::uint8_t second = byte_at(text, 1);
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second > 0x9F;
    return !overlong && !surrogate && continues(text, 2) ? 3 : 0;
  }
  const bool overlong = lead == 0xF0 && second < 0x90;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return !overlong && !beyond && continues(text, 2) && continues(text, 3) ? 4 : 0;
}

bool is_control(std::uint8_t byte) {
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

std::string printable_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0 || is_control(byte_at(bytes, 0))) {
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", byte_at(bytes, 0));
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return text;
}

}  // namespace pno::corpus
