#pragma once

// Text of ASCII letters: case and blanks, whatever the locale. Other bytes stay as they are.

#include <string>
#include <string_view>

namespace pno {

inline constexpr std::string_view kBlanks = " \t\r\n";

// Does not allocate. Does not throw.
constexpr char lower_case(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

inline std::string lower_case(std::string text) {
  for (char& letter : text) letter = lower_case(letter);
  return text;
}

// Without the blanks before and after it. Does not allocate. Does not throw.
constexpr std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace pno
