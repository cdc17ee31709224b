#include "cli/field_flags.h"

#include <algorithm>

namespace pno::cli {

std::string flag_name(std::string_view field) {
  auto flag = fmt::format("--{}", field);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string capitalised(std::string_view text) {
  std::string capital(text);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    capital[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return capital;
}

}  // namespace pno::cli
