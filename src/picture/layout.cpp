#include "picture/layout.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pno::picture {
namespace {

constexpr double kSecondUs = 1e6;

// In pixels at scale 1.
constexpr double kNaturalHeight = 480;
constexpr double kPxPerSecond = 36;
constexpr double kMarginLeft = 12, kMarginRight = 24, kMarginTop = 44, kMarginBottom = 34;
constexpr double kKeysWidth = 46, kKeysGap = 3;
constexpr double kPedalsHeight = 7, kPedalsGap = 7;
constexpr double kTickPx = 72;  // minimum distance of time labels

constexpr int kMinWidthPx = 320, kMaxWidthPx = 30000;  // Cairo draws to 32767
constexpr int kMinHeightPx = 160, kMaxHeightPx = 8000;
constexpr double kNarrowestPx = 960, kWidestPx = 16000;  // if the length of the music decides

constexpr int kMargin = 2;          // semitones above and below the music
constexpr int kFewestPitches = 25;  // two octaves
constexpr int kHighestMidiPitch = 127;

double seconds(std::int64_t time_us) {
  return static_cast<double>(time_us) / kSecondUs;
}

Expected<void> check(const PianoRollOptions& options) {
  if (options.width_px != 0 && (options.width_px < kMinWidthPx || options.width_px > kMaxWidthPx)) {
    return fail_usage("a width of {} pixels is out of the range {} to {}", options.width_px,
                      kMinWidthPx, kMaxWidthPx);
  }
  if (options.height_px < kMinHeightPx || options.height_px > kMaxHeightPx) {
    return fail_usage("a height of {} pixels is out of the range {} to {}", options.height_px,
                      kMinHeightPx, kMaxHeightPx);
  }
  const auto is_time = [](double time_s) { return std::isfinite(time_s) && time_s >= 0; };
  if (!is_time(options.from_s) || !is_time(options.seconds) || !is_time(options.prime_s)) {
    return fail_usage("the times of a picture count from 0 seconds; one is negative or NaN");
  }
  return {};
}

// The pitches of the notes that sound in the layout's time, with a margin.
void fit_pitches(const midi::Performance& performance, Layout& layout) {
  int lowest = kHighestMidiPitch, highest = 0;
  for (const auto& note : performance.notes) {
    if (seconds(note.end_us()) <= layout.from_s || seconds(note.start_us) >= layout.to_s) continue;
    ++layout.notes;
    lowest = std::min(lowest, int{note.pitch});
    highest = std::max(highest, int{note.pitch});
  }
  lowest -= kMargin;
  highest += kMargin;
  const int missing = std::max(0, kFewestPitches - (highest - lowest + 1));
  lowest -= missing / 2;
  highest += missing - missing / 2;
  layout.lowest_pitch = std::max(0, lowest);
  layout.highest_pitch = std::min(kHighestMidiPitch, highest);
}

double nice_tick(double least_s) {
  constexpr std::array kTicks = {0.1,  0.2,  0.5,   1.0,   2.0,   5.0,    10.0,   20.0,
                                 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0};
  const auto* const found = std::lower_bound(kTicks.begin(), kTicks.end(), least_s);
  return found == kTicks.end() ? kTicks.back() * std::ceil(least_s / kTicks.back()) : *found;
}

}  // namespace

Expected<Layout> lay_out(const midi::Performance& performance, const PianoRollOptions& options) {
  PNO_TRY_VOID(check(options));
  const double end_s = seconds(performance.length_us());
  Layout layout;
  layout.from_s = options.from_s;
  layout.to_s = options.seconds > 0 ? options.from_s + options.seconds : end_s;
  fit_pitches(performance, layout);
  if (performance.notes.empty()) return fail("the music has no notes");
  if (layout.notes == 0) {
    return fail("no note sounds from {:.1f} s to {:.1f} s; the music ends at {:.1f} s",
                layout.from_s, layout.to_s, end_s);
  }

  layout.height_px = options.height_px;
  layout.scale = options.height_px / kNaturalHeight;
  const double left = (kMarginLeft + kKeysWidth + kKeysGap) * layout.scale;
  const double right = kMarginRight * layout.scale;
  const double natural = left + right + (layout.to_s - layout.from_s) * kPxPerSecond * layout.scale;
  const double bounded = std::clamp(natural, kNarrowestPx * std::min(layout.scale, 2.0), kWidestPx);
  layout.width_px = options.width_px != 0 ? options.width_px : static_cast<int>(bounded);

  const double pedals =
      performance.pedals.empty() ? 0 : (kPedalsGap + kPedalsHeight) * layout.scale;
  layout.roll = {.x = left,
                 .y = kMarginTop * layout.scale,
                 .width = std::max(1.0, layout.width_px - left - right),
                 .height = layout.height_px - (kMarginTop + kMarginBottom) * layout.scale - pedals};
  layout.keys = {.x = kMarginLeft * layout.scale,
                 .y = layout.roll.y,
                 .width = kKeysWidth * layout.scale,
                 .height = layout.roll.height};
  layout.pedals = {.x = layout.roll.x,
                   .y = layout.roll.bottom() + kPedalsGap * layout.scale,
                   .width = layout.roll.width,
                   .height = pedals > 0 ? kPedalsHeight * layout.scale : 0};
  layout.tick_s = nice_tick(kTickPx * layout.scale / layout.px_per_s());
  return layout;
}

}  // namespace pno::picture
