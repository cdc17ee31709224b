#include "midi/smf_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "midi/smf_bytes.h"
#include "midi/smf_messages.h"

namespace pno::midi {
namespace {

constexpr double kSlowest_bpm = 30, kFastest_bpm = 300;
constexpr double kFine_bpm = 120;  // 960 ticks a quarter are then at most 0.52 ms long
constexpr double kMinute_us = 60e6;

// A division and a tempo. The file has the tempo in integer microseconds; times on the grid of the
// exact one stay on their ticks, and are off by at most a millionth.
struct TickLength {
  std::uint32_t ticks_per_quarter;
  double us_per_quarter;

  double us() const { return us_per_quarter / ticks_per_quarter; }
  std::int64_t tick_of(std::int64_t time_us) const {
    return std::llround(static_cast<double>(time_us) / us());
  }
};
constexpr TickLength kMicrosecond{30'000, 30'000.0};
constexpr std::uint32_t kUsualTicks = 500, kMostTicks = 960;

template <class Visit>
bool all_times(const Performance& performance, Visit&& holds) {
  const auto& [notes, pedals, names] = performance;
  return std::all_of(notes.begin(), notes.end(),
                     [&](const Note& note) {
                       return holds(note.start_us) && holds(note.start_us + note.key_length_us);
                     }) &&
         std::all_of(pedals.begin(), pedals.end(), [&](const Pedal& pedal) {
           return holds(pedal.start_us) && holds(pedal.end_us);
         });
}

TickLength tick_length(const Performance& performance, const WriteOptions& options) {
  PNO_CHECK(options.tempo_bpm > 0 && std::isfinite(options.tempo_bpm), "a tempo out of range");
  if (options.every_microsecond) return kMicrosecond;
  double bpm = options.tempo_bpm;
  while (bpm < kSlowest_bpm) bpm *= 2;
  while (bpm > kFastest_bpm) bpm /= 2;
  const TickLength usual{kUsualTicks, kMinute_us / bpm};
  constexpr double kRounding_us = 2;
  const bool fits = all_times(performance, [&](std::int64_t time_us) {
    const double on_tick = static_cast<double>(usual.tick_of(time_us)) * usual.us();
    return std::abs(on_tick - static_cast<double>(time_us)) <= kRounding_us;
  });
  if (fits) return usual;
  while (bpm < kFine_bpm) bpm *= 2;
  return {kMostTicks, std::round(kMinute_us / bpm)};
}

// The events at time 0 before the music.
void put_head(const std::vector<ChannelMessage>& messages, const TickLength& tick,
              const WriteOptions& options, SmfBytes& bytes) {
  const auto put_text = [&](std::uint8_t type, std::string_view text) {
    if (text.empty()) return;
    bytes.put_delta(0);
    bytes.put_meta(type, text);
  };
  put_text(0x02, options.copyright);  // to be the first, says the specification
  put_text(0x03, options.title.empty() ? kPianoTrack : options.title);
  put_text(0x01, options.text);
  bytes.put_delta(0);
  bytes.put_big_endian(0xFF5103, 3);
  bytes.put_big_endian(static_cast<std::uint32_t>(std::llround(tick.us_per_quarter)), 3);
  bytes.put_delta(0);
  // 4/4: the numerator, the power of two of the denominator, 24 MIDI clocks a beat, 8
  // thirty-seconds a quarter.
  bytes.put_meta(0x58, "\x04\x02\x18\x08");

  std::array<bool, 16> used{};
  for (const auto& message : messages) used[message.bytes[0] & 0xFu] = true;
  for (std::uint8_t channel = 0; channel < 16; ++channel) {
    if (!used[channel]) continue;
    bytes.put_delta(0);
    bytes.put(static_cast<std::uint8_t>(0xC0 | channel));
    bytes.put(std::uint8_t{0});
  }
}

}  // namespace

std::vector<std::byte> write_smf(const Performance& performance, const WriteOptions& options) {
  const TickLength tick = tick_length(performance, options);
  const auto messages =
      channel_messages(performance, [&](std::int64_t time_us) { return tick.tick_of(time_us); });
  SmfBytes bytes;
  bytes.put_header(/*format=*/0, /*tracks=*/1, tick.ticks_per_quarter);
  bytes.begin_track();
  put_head(messages, tick, options, bytes);
  std::int64_t now = 0;
  for (const auto& message : messages) {
    bytes.put_delta(message.tick - now);
    for (const std::uint8_t byte : message.bytes) bytes.put(byte);
    now = message.tick;
  }
  bytes.end_track();
  return bytes.take();
}

}  // namespace pno::midi
