#pragma once

// std::bit_cast, also for C++ libraries that lack it, such as that of Emscripten 3.1.

namespace pno {

template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, from);
}

}  // namespace pno
