#include "midi/smf_continuation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "midi/added_track.h"
#include "midi/big_endian.h"
#include "midi/cut_track.h"
#include "midi/raw_clock.h"
#include "midi/raw_track.h"
#include "midi/smf_chunks.h"
#include "midi/tempo_map.h"

namespace pno::midi {
namespace {

constexpr std::uint8_t kDrums = 9;
constexpr std::size_t kSustain = 64, kSostenuto = 66, kSoft = 67;
constexpr int kPedalDown = 64;
constexpr double kLongestTick_us = 5000;
constexpr std::int64_t kLongestTempo_us = 0xFF'FFFF;
constexpr std::uint32_t kMostOfFrame = 0xFF;  // ticks

// How often a tick must be divided.
int tick_factor(const SmfChunks& chunks, const std::vector<TempoChange>& changes) {
  const Division& division = chunks.division;
  double longest_us = division.fixed_numerator != 0 ? static_cast<double>(division.fixed_numerator)
                                                    : static_cast<double>(kDefaultUsPerQuarter);
  int most = static_cast<int>(kMostOfFrame / std::max(chunks.division_word & kMostOfFrame, 1U));
  if (division.fixed_numerator == 0) {
    if (!changes.empty() && changes.front().tick == 0) longest_us = 0;
    for (const auto& change : changes) {
      longest_us = std::max(longest_us, static_cast<double>(change.us_per_quarter));
    }
    most = std::numeric_limits<std::int16_t>::max() / division.per_quarter;
  }
  longest_us /= static_cast<double>(division.denominator);
  return std::clamp(static_cast<int>(std::ceil(longest_us / kLongestTick_us)), 1,
                    std::max(most, 1));
}

// The file while it is cut and continued. Ticks are those of the file until write() multiplies
// them.
class ContinuedFile {
 public:
  ContinuedFile(const SmfChunks& chunks, const Continuation& continuation)
      : chunks_(chunks), continuation_(continuation) {
    for (const auto& track : chunks.tracks) {
      raw_.push_back(read_raw_track(track, chunks.division));
    }
    auto changes = tempo_changes(raw_);
    const TempoMap whole(chunks.division, changes, kLongestTimeUs);
    begin_ = first_tick_at(whole, continuation.from_us);
    cut_ = first_tick_at(whole, continuation.cut_us);
    std::erase_if(changes, [&](const TempoChange& change) { return change.tick >= cut_; });
    changes_ = std::move(changes);
    map_.emplace(chunks.division, changes_, kLongestTimeUs);
    factor_ = tick_factor(chunks, changes_);
    for (const auto& track : raw_) tracks_.push_back(cut_track(track, begin_, cut_));
  }

  Expected<void> scale_tempo();
  std::int64_t transpose();
  void end_keys_and_pedals();
  void add_music();
  std::vector<std::byte> write() const;

 private:
  // Divided ticks from begin_ to a time.
  std::int64_t fine_tick(std::int64_t time_us) const {
    const double ticks = exact_tick(*map_, time_us) - static_cast<double>(begin_);
    return std::llround(std::max(ticks, 0.0) * factor_);
  }
  std::int64_t tick_after_cut(std::int64_t time_us) const {
    return std::max(fine_tick(time_us), (cut_ - begin_) * factor_);
  }
  static void add(CutTrack& track, std::int64_t fine_tick, std::initializer_list<int> bytes);

  const SmfChunks& chunks_;
  const Continuation& continuation_;
  std::vector<std::vector<RawEvent>> raw_;
  std::vector<TempoChange> changes_;
  std::optional<TempoMap> map_;  // of the tempo changes before the cut
  std::int64_t begin_ = 0, cut_ = 0;
  int factor_ = 1;
  std::vector<CutTrack> tracks_;
};

Expected<void> ContinuedFile::scale_tempo() {
  if (continuation_.tempo_scale == 1) return {};
  if (chunks_.division.fixed_numerator != 0) {
    return fail("counts frames of a film, not beats, so its tempo cannot be scaled");
  }
  const auto scaled = [&](std::int64_t us) {
    return std::llround(static_cast<double>(us) / continuation_.tempo_scale);
  };
  const auto bytes_of = [](std::int64_t us) {
    return std::vector<std::byte>{std::byte{0xFF},
                                  std::byte{kMetaTempo},
                                  std::byte{3},
                                  static_cast<std::byte>(us >> 16 & 0xFF),
                                  static_cast<std::byte>(us >> 8 & 0xFF),
                                  static_cast<std::byte>(us & 0xFF)};
  };
  bool has_first = false;
  for (auto& track : tracks_) {
    for (auto& event : track.events) {
      if (!event.is_meta(kMetaTempo) || event.bytes.size() != 6) continue;
      const auto us = scaled(big_endian(std::span(event.bytes).subspan(3)));
      if (us < 1 || us > kLongestTempo_us) {
        return fail("has a tempo that cannot be scaled by {}: MIDI cannot hold the result",
                    continuation_.tempo_scale);
      }
      event.bytes = bytes_of(us);
      has_first = has_first || event.tick == 0;
    }
  }
  if (!has_first) {
    auto& events = tracks_.front().events;
    events.insert(events.begin(), RawEvent{0, bytes_of(scaled(kDefaultUsPerQuarter))});
  }
  return {};
}

// Returns the number of notes left out.
std::int64_t ContinuedFile::transpose() {
  std::int64_t left_out = 0;
  for (auto& track : tracks_) {
    std::erase_if(track.events, [&](RawEvent& event) {
      if (!event.is_channel_message() || event.message() > 0xA || event.channel() == kDrums) {
        return false;
      }
      const int pitch = event.data(0) + continuation_.transpose;
      if (pitch >= 0 && pitch <= 127) {
        event.bytes[1] = static_cast<std::byte>(pitch);
        return false;
      }
      if (event.is_note_on()) ++left_out;
      return true;
    });
  }
  return left_out;
}

void ContinuedFile::add(CutTrack& track, std::int64_t fine_tick, std::initializer_list<int> bytes) {
  track.events.push_back(raw_event(fine_tick, bytes));
}

void ContinuedFile::end_keys_and_pedals() {
  std::array<bool, 128> is_down{};
  for (const auto& track : tracks_) {
    for (const auto& key : track.held_keys) is_down.at(key.pitch) = true;
  }
  // The end of the notes that only a pedal holds.
  std::int64_t pedal_us = continuation_.cut_us;
  for (std::size_t pitch = 0; pitch < 128; ++pitch) {
    if (!is_down[pitch]) pedal_us = std::max(pedal_us, continuation_.ends_us[pitch]);
  }
  pedal_us = std::min(pedal_us, continuation_.cut_us + kLongestPedal_us);
  for (auto& track : tracks_) {
    for (auto& event : track.events) event.tick *= factor_;
    for (const auto& key : track.held_keys) {
      const int pitch = key.pitch + (key.channel == kDrums ? 0 : continuation_.transpose);
      if (pitch < 0 || pitch > 127) continue;
      const auto end_us = std::max(continuation_.ends_us.at(key.pitch), continuation_.cut_us);
      add(track, tick_after_cut(end_us), {0x80 | key.channel, pitch, 64});
    }
    for (std::uint8_t channel = 0; channel < 16; ++channel) {
      for (const std::size_t pedal : {kSustain, kSostenuto, kSoft}) {
        if (track.controllers.at(channel).at(pedal) < kPedalDown) continue;
        add(track, tick_after_cut(pedal_us), {0xB0 | channel, static_cast<int>(pedal), 0});
      }
    }
    std::ranges::stable_sort(track.events, {}, &RawEvent::tick);
  }
}

void ContinuedFile::add_music() {
  std::array<bool, 16> is_used{};
  for (const auto& track : tracks_) mark_channels(track.events, is_used);
  CutTrack track{};
  track.events = added_track(tracks_, free_channel(is_used),
                             {.music = continuation_.music,
                              .title = continuation_.title,
                              .text = continuation_.text,
                              .copyright = continuation_.copyright},
                             [&](std::int64_t time_us) { return fine_tick(time_us); });
  tracks_.push_back(std::move(track));
}

std::vector<std::byte> ContinuedFile::write() const {
  const auto& division = chunks_.division;
  // Ticks of a quarter; or the frames a second in the upper byte, ticks of a frame in the lower.
  const std::uint32_t frames = division.fixed_numerator != 0 ? chunks_.division_word & 0xFF00U : 0;
  const std::uint32_t word =
      frames + (chunks_.division_word - frames) * static_cast<std::uint32_t>(factor_);
  std::vector<std::vector<RawEvent>> tracks;
  for (const auto& track : tracks_) tracks.push_back(track.events);
  return write_raw_tracks(tracks, word);
}

}  // namespace

Expected<ContinuedSmf> continue_smf(std::span<const std::byte> bytes,
                                    const Continuation& continuation) {
  Oddities oddities;
  PNO_TRY(const SmfChunks chunks, find_chunks(bytes, oddities));
  if (chunks.tracks.empty()) return fail("has no tracks");
  if (chunks.format == 2 && chunks.tracks.size() > 1) {
    return fail("has tracks that follow one another (format 2)");
  }
  ContinuedFile file(chunks, continuation);
  ContinuedSmf result;
  PNO_TRY_VOID(file.scale_tempo());
  if (continuation.transpose != 0) result.left_out = file.transpose();
  file.end_keys_and_pedals();
  file.add_music();
  result.bytes = file.write();
  return result;
}

}  // namespace pno::midi
