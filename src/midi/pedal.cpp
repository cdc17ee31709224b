#include "midi/pedal.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace pno::midi {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kPedalKinds = 2;

// The times in which one pedal was down, asked for by notes in the order of their starts.
class HeldTimes {
 public:
  void add(std::int64_t start_us, std::int64_t end_us) {
    times_.back() = {start_us, end_us};
    times_.push_back({kNever, kNever});
  }

  bool empty() const { return times_.size() == 1; }

  // From now on only times from `start_us` on are asked for.
  void forget_before(std::int64_t start_us) {
    while (times_[first_].end_us <= start_us) ++first_;
  }

  struct Time {
    std::int64_t start_us, end_us;
  };
  // The one that holds `time_us`: start_us <= time_us < end_us; null if none does.
  const Time* at(std::int64_t time_us) const {
    // Most notes are shorter than a few pedals; a long one must not cost a walk over thousands.
    constexpr std::ptrdiff_t kWalk = 8;
    auto time = times_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto walk_end = time + std::min(kWalk, times_.end() - time);
    while (time != walk_end && time->end_us <= time_us) ++time;
    if (time == walk_end) {
      time = std::partition_point(time, times_.end(),
                                  [&](const Time& t) { return t.end_us <= time_us; });
    }
    return time->start_us <= time_us ? &*time : nullptr;
  }

 private:
  std::vector<Time> times_ = {{kNever, kNever}};  // the last stays at the end
  std::size_t first_ = 0;
};

struct ChannelPedals {
  HeldTimes sustain, sostenuto;

  std::int64_t damped_us(std::int64_t start_us, std::int64_t released_us) const {
    const auto* down = sustain.at(released_us);
    std::int64_t end_us = down != nullptr ? down->end_us : released_us;
    if (sostenuto.empty()) return end_us;
    const auto holds = [&](const HeldTimes::Time* caught) {
      return caught != nullptr && start_us <= caught->start_us && caught->start_us < end_us;
    };
    while (true) {
      const auto* caught = sostenuto.at(end_us);
      if (holds(caught)) {
        end_us = caught->end_us;
        down = sustain.at(end_us);
      } else {
        // Both pedals are lifted now, the sostenuto pedal last, and the sustain pedal is down
        // again.
        down = sustain.at(end_us);
        caught = sostenuto.at(end_us - 1);
        if (!holds(caught) || caught->end_us != end_us) return end_us;
      }
      if (down == nullptr) return end_us;
      end_us = down->end_us;
    }
  }
};

}  // namespace

std::int64_t append_pedals(std::span<const PedalMove> moves, const PedalTimes& times,
                           std::vector<Pedal>& pedals) {
  constexpr std::int64_t kUp = -1;
  std::array<std::array<std::int64_t, kChannels>, kPedalKinds> down_since_us;
  for (auto& channels : down_since_us) channels.fill(kUp);
  const auto lift = [&](Pedal::Kind kind, std::uint8_t channel, std::int64_t time_us) {
    std::int64_t& since_us = down_since_us[static_cast<std::size_t>(kind)][channel];
    const bool was_down = since_us != kUp && since_us < time_us;
    if (was_down) {
      pedals.push_back({times.offset_us + since_us, times.offset_us + time_us, kind, channel});
    }
    since_us = kUp;
    return was_down;
  };

  TickClock clock(*times.map);
  for (const PedalMove& move : moves) {
    if (move.tick > times.map->last_tick()) break;
    const std::int64_t time_us = clock.time_us(move.tick);
    if (time_us > times.last_key_us + kLongestRing_us) break;
    const std::uint8_t channel = times.channels[move.line];
    if (channel == kNoChannel) continue;
    std::int64_t& since_us = down_since_us[static_cast<std::size_t>(move.kind)][channel];
    if (!move.down) {
      lift(move.kind, channel, time_us);
    } else if (since_us == kUp) {
      since_us = time_us;
    }
  }
  std::int64_t never_lifted = 0;
  const std::int64_t end_us = times.last_key_us + kOpenPedalRing_us;
  for (std::uint8_t channel = 0; channel < kChannels; ++channel) {
    never_lifted += lift(Pedal::Kind::sustain, channel, end_us) ? 1 : 0;
    never_lifted += lift(Pedal::Kind::sostenuto, channel, end_us) ? 1 : 0;
  }
  return never_lifted;
}

void sort_pedals(std::vector<Pedal>& pedals) {
  const auto before = [](const Pedal& a, const Pedal& b) {
    return std::tie(a.start_us, a.channel, a.kind) < std::tie(b.start_us, b.channel, b.kind);
  };
  if (!std::is_sorted(pedals.begin(), pedals.end(), before)) {
    std::sort(pedals.begin(), pedals.end(), before);
  }
}

std::uint32_t note_length_us(std::int64_t start_us, std::int64_t end_us) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(end_us - start_us, kLongest));
}

void apply_pedals(std::span<Note> notes, std::span<const Pedal> pedals) {
  std::array<ChannelPedals, kChannels> channels;
  for (const Pedal& pedal : pedals) {
    ChannelPedals& channel = channels[pedal.channel];
    (pedal.kind == Pedal::Kind::sustain ? channel.sustain : channel.sostenuto)
        .add(pedal.start_us, pedal.end_us);
  }
  for (Note& note : notes) {
    ChannelPedals& channel = channels[note.channel];
    channel.sustain.forget_before(note.start_us);
    channel.sostenuto.forget_before(note.start_us);
    const bool at_once = note.key_length_us == 0;
    const std::int64_t released_us = note.start_us + (at_once ? 1 : note.key_length_us);
    const std::int64_t damped_us = channel.damped_us(note.start_us, released_us);
    if (at_once) {
      if (damped_us == released_us) {
        note.length_us = 0;
        continue;
      }
      note.key_length_us = 1;
    }
    note.length_us = note_length_us(note.start_us, damped_us);
  }
}

void cut_after_last_key(std::vector<Note>& notes, std::vector<Pedal>& pedals) {
  std::int64_t last_key_us = 0;
  for (const Note& note : notes) {
    last_key_us = std::max(last_key_us, note.start_us + note.key_length_us);
  }
  const std::int64_t end_us = last_key_us + kLongestRing_us;
  const auto ends_later = [&](const Pedal& pedal) { return pedal.end_us > end_us; };
  if (std::none_of(pedals.begin(), pedals.end(), ends_later)) return;
  for (Note& note : notes) {
    note.length_us = note_length_us(note.start_us, std::min(note.end_us(), end_us));
  }
  std::erase_if(pedals, [&](const Pedal& pedal) { return pedal.start_us >= end_us; });
  for (Pedal& pedal : pedals) pedal.end_us = std::min(pedal.end_us, end_us);
}

}  // namespace pno::midi
