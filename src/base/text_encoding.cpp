#include "base/text_encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pno {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

void append_utf8(char32_t character, std::string& text) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xC0 | character >> 6);
    put(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    put(0xE0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  } else {
    put(0xF0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3F));
    put(0x80 | (character >> 6 & 0x3F));
    put(0x80 | (character & 0x3F));
  }
}

std::string from_utf16(std::string_view bytes, bool is_big_endian) {
  const auto unit_at = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(is_big_endian ? first << 8 | second : second << 8 | first);
  };
  const auto is_high = [](char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; };
  std::string text;
  text.reserve(bytes.size() / 2);
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const char32_t unit = unit_at(at);
    if (is_high(unit) && at + 3 < bytes.size() && is_low(unit_at(at + 2))) {
      append_utf8(0x10000 + ((unit - 0xD800) << 10) + (unit_at(at + 2) - 0xDC00), text);
      at += 2;
    } else {
      append_utf8(is_high(unit) || is_low(unit) ? kReplacement : unit, text);
    }
  }
  if (at < bytes.size()) append_utf8(kReplacement, text);
  return text;
}

// The characters of Windows-1252 from 0x80 to 0x9F; those beyond are the same in Unicode. The five
// bytes without a character stand for themselves.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    const bool is_special = code >= 0x80 && code < 0x80 + kWindows1252.size();
    append_utf8(is_special ? kWindows1252[code - 0x80U] : code, text);
  }
  return text;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char lead = byte_at(at++);
    if (lead < 0x80) continue;
    const int following = lead >= 0xC2 && lead < 0xE0   ? 1
                          : lead >= 0xE0 && lead < 0xF0 ? 2
                          : lead >= 0xF0 && lead < 0xF5 ? 3
                                                        : 0;
    if (following == 0 || text.size() - at < static_cast<std::size_t>(following)) return false;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    const unsigned char second = byte_at(at);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    for (int i = 0; i < following; ++i) {
      if ((byte_at(at++) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

std::string utf8_text(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr auto kUtf8Mark = "\xEF\xBB\xBF"sv, kLittle = "\xFF\xFE"sv, kBig = "\xFE\xFF"sv;
  if (bytes.starts_with(kLittle)) return from_utf16(bytes.substr(2), /*is_big_endian=*/false);
  if (bytes.starts_with(kBig)) return from_utf16(bytes.substr(2), /*is_big_endian=*/true);
  if (bytes.starts_with(kUtf8Mark)) bytes.remove_prefix(kUtf8Mark.size());
  if (bytes.size() >= 2 && (bytes[0] == '\0') != (bytes[1] == '\0')) {
    return from_utf16(bytes, /*is_big_endian=*/bytes[0] == '\0');
  }
  return is_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes);
}

}  // namespace pno
