#include "base/number_text.h"

#include <fmt/format.h>

namespace pno {

std::string grouped(std::int64_t number) {
  auto text = fmt::format("{}", number);
  const std::size_t first_digit = number < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first_digit + 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string counted(std::int64_t number, std::string_view noun) {
  const auto count = grouped(number);
  if (number == 1) return fmt::format("{} {}", count, noun);
  if (noun.ends_with('y')) return fmt::format("{} {}ies", count, noun.substr(0, noun.size() - 1));
  return fmt::format("{} {}s", count, noun);
}

}  // namespace pno
