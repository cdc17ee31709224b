#pragma once

// FNV-1a, 64 bits: a fast digest that tells contents apart. It does not resist an adversary.
// http://www.isthe.com/chongo/tech/comp/fnv/

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pno {

// Does not throw. Only text() allocates.
class Digest {
 public:
  // Adding parts gives the digest of their concatenation.
  void add(std::span<const std::byte> bytes) noexcept {
    for (const std::byte byte : bytes) {
      value_ = (value_ ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3;
    }
  }
  void add(std::string_view text) noexcept {
    add(std::as_bytes(std::span(text.data(), text.size())));
  }

  std::uint64_t value() const noexcept { return value_; }
  std::string text() const;  // 16 hexadecimal digits

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace pno
