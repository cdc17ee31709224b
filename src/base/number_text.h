#pragma once

// Numbers for people to read.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pno {

// "1,234,567".
std::string grouped(std::int64_t number);

// "1 note", "2 notes", "1,200 pieces", "3 copies". `noun` is the singular.
std::string counted(std::int64_t number, std::string_view noun);
inline std::string counted(std::size_t number, std::string_view noun) {
  return counted(static_cast<std::int64_t>(number), noun);
}
inline std::string counted(int number, std::string_view noun) {
  return counted(std::int64_t{number}, noun);
}

}  // namespace pno
