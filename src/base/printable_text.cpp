#include "base/printable_text.h"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.h"

namespace pno {
namespace {

bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
}

void add_escaped(char byte, std::string& text) {
  fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(byte));
}

}  // namespace

std::string printable_text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t valid = valid_utf8_bytes(bytes);
    for (const char byte : bytes.substr(0, valid)) {
      if (is_control(byte)) {
        add_escaped(byte, text);
      } else {
        text += byte;
      }
    }
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    add_escaped(bytes.front(), text);
    bytes.remove_prefix(1);
  }
  return text;
}

}  // namespace pno
