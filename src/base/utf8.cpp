#include "base/utf8.h"

#include <utf8/checked.h>

namespace pno {

std::size_t valid_utf8_bytes(std::string_view text) {
  return static_cast<std::size_t>(utf8::find_invalid(text.begin(), text.end()) - text.begin());
}

std::string repair_utf8(std::string_view text, std::string_view replacement) {
  std::string repaired;
  repaired.reserve(text.size());
  while (true) {
    const std::size_t valid = valid_utf8_bytes(text);
    repaired += text.substr(0, valid);
    if (valid == text.size()) return repaired;
    repaired += replacement;
    text.remove_prefix(valid + 1);
  }
}

}  // namespace pno
