#pragma once

// Numbers for people to read.

#include <cstdint>
#include <string>

namespace pno {

// "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace pno
