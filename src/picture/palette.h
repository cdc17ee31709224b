#pragma once

// The colours of a piano roll.

#include <algorithm>
#include <array>
#include <cmath>

namespace pno::picture {

struct Colour {
  double red = 0, green = 0, blue = 0;  // 0..1, sRGB

  // Perceived brightness with Rec. 709 weights, 0..1.
  double luma() const { return 0.2126 * red + 0.7152 * green + 0.0722 * blue; }
};

constexpr Colour rgb(int hex) {
  return {(hex >> 16) / 255.0, (hex >> 8 & 255) / 255.0, (hex & 255) / 255.0};
}

inline constexpr Colour kPaper = rgb(0xfdfcf9), kBlackKeyRow = rgb(0xf5f3ee),
                        kOctaveLine = rgb(0xd8d4cb), kTimeLine = rgb(0xe9e6df),
                        kInk = rgb(0x2b2833), kFaintInk = rgb(0x7d7887), kWhiteKey = rgb(0xffffff),
                        kBlackKey = rgb(0x3a3643), kKeyEdge = rgb(0xcac5bb),
                        kPedalStrip = rgb(0xc9c1d1), kPrimeLine = rgb(0x1b7f79);

// Note colours from the softest velocity to the loudest, increasingly dark.
constexpr std::array kTouches = {rgb(0xf7c59f), rgb(0xf19a7b), rgb(0xdc6a72),
                                 rgb(0xb0447a), rgb(0x732a74), rgb(0x36124f)};

// Most notes have velocities between 20 and 110, so the gradient covers that range.
inline Colour touch_colour(int velocity) {
  constexpr double kSoft = 20, kLoud = 110;
  const double place = std::clamp((velocity - kSoft) / (kLoud - kSoft), 0.0, 1.0) *
                       static_cast<double>(kTouches.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), kTouches.size() - 2);
  const double fraction = place - static_cast<double>(below);
  const Colour &a = kTouches[below], &b = kTouches[below + 1];
  return {std::lerp(a.red, b.red, fraction), std::lerp(a.green, b.green, fraction),
          std::lerp(a.blue, b.blue, fraction)};
}

}  // namespace pno::picture
