#pragma once

// Reading the bytes of a MIDI file in order, never beyond their end.

#include <cstddef>
#include <cstdint>
#include <span>

namespace pno::midi {

class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::byte> bytes)
      : next_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(next_ + bytes.size()) {}

  std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  bool empty() const { return next_ == end_; }

  // The next byte; not empty.
  std::uint8_t peek() const { return *next_; }
  std::uint8_t take() { return *next_++; }

  // The next `count` bytes; count <= remaining().
  std::span<const std::byte> take_bytes(std::size_t count) {
    const auto* first = reinterpret_cast<const std::byte*>(next_);
    next_ += count;
    return {first, count};
  }

  // The bytes that are left. Nothing is taken.
  std::span<const std::byte> rest() const {
    return {reinterpret_cast<const std::byte*>(next_), remaining()};
  }

  // A variable-length quantity: seven bits a byte, the greatest first, the top bit set in all but
  // the last; four bytes at most. Nothing is taken on failure.
  enum class Vlq { ok, cut, too_long };
  Vlq take_vlq(std::uint32_t& value) {
    if (next_ != end_ && *next_ < 0x80) {  // nearly all
      value = *next_++;
      return Vlq::ok;
    }
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (i == remaining()) return Vlq::cut;
      bits = bits << 7 | (next_[i] & 0x7Fu);
      if (next_[i] < 0x80) {
        next_ += i + 1;
        value = bits;
        return Vlq::ok;
      }
    }
    return Vlq::too_long;
  }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace pno::midi
