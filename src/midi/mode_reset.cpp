#include "midi/mode_reset.h"

#include <algorithm>
#include <array>

namespace pno::midi {
namespace {

constexpr int kAny = -1;

template <std::size_t N>
bool begins_with(std::span<const std::byte> payload, const std::array<int, N>& pattern) {
  return payload.size() >= N &&
         std::equal(pattern.begin(), pattern.end(), payload.begin(), [](int wanted, std::byte b) {
           return wanted == kAny || wanted == std::to_integer<int>(b);
         });
}

}  // namespace

ModeReset mode_reset(std::span<const std::byte> payload) {
  constexpr std::array kGeneralMidi = {0x7E, kAny, 0x09};  // then 1 on, 2 off, 3 level 2 on
  constexpr std::array kGsReset = {0x41, kAny, 0x42, 0x12, 0x40, 0x00, 0x7F};
  constexpr std::array kGsSystemMode = {0x41, kAny, 0x42, 0x12, 0x00, 0x00, 0x7F};
  constexpr std::array kXgOn = {0x43, kAny, 0x4C, 0x00, 0x00, 0x7E};
  constexpr std::array kXgAllParameters = {0x43, kAny, 0x4C, 0x00, 0x00, 0x7F};
  if (begins_with(payload, kGeneralMidi)) return ModeReset::gm;
  if (begins_with(payload, kGsReset) || begins_with(payload, kGsSystemMode)) return ModeReset::gs;
  if (begins_with(payload, kXgOn) || begins_with(payload, kXgAllParameters)) return ModeReset::xg;
  return ModeReset::none;
}

}  // namespace pno::midi
