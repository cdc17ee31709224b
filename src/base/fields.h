#pragma once

// Configurations as lists of fields. A config struct has one static function
//
//   template <class Self, class Visit>
//   static void fields(Self& c, Visit&& visit) { visit("layers", c.layers, "decoder blocks"); … }
//
// that flags, preset files, the metadata of a model file and --help all use.
// An enum can be a field if there is a function beside it:
//
//   constexpr auto enum_names(Attention) { return std::array{"absolute", "relative"}; }

#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "base/error.h"

namespace pno {

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  enum_names(e)[0];
};

template <NamedEnum E>
std::string_view enum_name(E value) {
  return enum_names(value).at(static_cast<std::size_t>(value));
}

// "absolute, relative", for messages and help.
template <NamedEnum E>
std::string enum_choices() {
  return fmt::format("{}", fmt::join(enum_names(E{}), ", "));
}

// The shortest text that parses to the same value.
template <class T>
std::string field_text(const T& value) {
  if constexpr (NamedEnum<T>) {
    return std::string(enum_name(value));
  } else {
    return fmt::format("{}", value);
  }
}

// Returns true if all of `text` is one number.
template <class T>
bool read_number(std::string_view text, T& value) {
  const char* const last = text.data() + text.size();
  const auto [end, code] = std::from_chars(text.data(), last, value);
  return code == std::errc{} && end == last;
}

#ifndef __cpp_lib_to_chars
// The C++ library of Emscripten 3.1 has from_chars for integers only. strtod also accepts spaces, a
// plus sign and hexadecimal digits, which are refused here.
inline bool read_number(std::string_view text, double& value) {
  if (text.empty() || text.front() == '+') return false;
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return false;
  const std::string copy(text);
  char* end = nullptr;
  value = std::strtod(copy.c_str(), &end);
  return end == copy.c_str() + copy.size();
}
#endif

// Parses `text` into `value`. On failure `value` is unchanged and the error says what is allowed.
template <class T>
Expected<void> parse_field(std::string_view text, T& value) {
  if constexpr (std::same_as<T, std::string>) {
    value = text;
    return {};
  } else if constexpr (std::same_as<T, bool>) {
    if (text != "true" && text != "false") return fail("'{}' is not true or false", text);
    value = text == "true";
    return {};
  } else if constexpr (NamedEnum<T>) {
    const auto names = enum_names(T{});
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (text == names[i]) {
        value = static_cast<T>(i);
        return {};
      }
    }
    return fail("'{}' is not one of {}", text, enum_choices<T>());
  } else {
    T parsed{};
    bool is_number = read_number(text, parsed);
    if constexpr (std::floating_point<T>) is_number = is_number && std::isfinite(parsed);
    if (!is_number) {
      return fail("'{}' is not {}", text, std::integral<T> ? "an integer in range" : "a number");
    }
    value = parsed;
    return {};
  }
}

using TextFields = std::map<std::string, std::string>;

// Writes every field as text under `prefix` + name, for the metadata of a file.
template <class Config>
void put_fields(const Config& config, std::string_view prefix, TextFields& into) {
  Config::fields(config, [&](std::string_view name, const auto& value, std::string_view) {
    into[fmt::format("{}{}", prefix, name)] = field_text(value);
  });
}

// Reads what put_fields() wrote. Returns an error that names the field if one is missing or
// invalid.
template <class Config>
Expected<Config> get_fields(std::string_view prefix, const TextFields& from) {
  Config config;
  Expected<void> result;
  Config::fields(config, [&](std::string_view name, auto& value, std::string_view) {
    if (!result) return;
    const auto key = fmt::format("{}{}", prefix, name);
    const auto found = from.find(key);
    if (found == from.end()) {
      result = fail("{} is missing", key);
    } else if (auto parsed = parse_field(found->second, value); !parsed) {
      result = fail("{}: {}", key, parsed.error().message);
    }
  });
  if (!result) return tl::unexpected(result.error());
  return config;
}

// Sets one field by name. Returns false if the config has no such field.
template <class Config>
Expected<bool> set_field(Config& config, std::string_view wanted, std::string_view text) {
  bool found = false;
  Expected<void> result;
  Config::fields(config, [&](std::string_view name, auto& value, std::string_view) {
    if (name != wanted) return;
    found = true;
    result = parse_field(text, value);
  });
  if (!result) return fail("{}: {}", wanted, result.error().message);
  return found;
}

}  // namespace pno
