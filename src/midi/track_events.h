#pragma once

// The events of track chunks that matter for a piano, in ticks: which keys were pressed how long,
// what the pedals did, tempo and program changes. Everything else is passed over.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "midi/byte_cursor.h"
#include "midi/oddities.h"
#include "midi/performance.h"
#include "midi/read_options.h"
#include "midi/tempo_map.h"

namespace pno::midi {

inline constexpr std::size_t kChannels = 16;
inline constexpr std::uint8_t kDrumChannel = 9;  // "channel 10", counted from 1
inline constexpr std::uint8_t kProgramUnset = 255;

struct KeyPress {
  std::int64_t start_tick = 0;
  std::int64_t end_tick = 0;  // >= start_tick
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
  std::uint8_t channel = 0;
  std::uint8_t program = kProgramUnset;  // that its track had chosen for its channel
};

// A pedal crossing the middle of its way.
struct PedalMove {
  std::int64_t tick = 0;
  Pedal::Kind kind = Pedal::Kind::sustain;
  std::uint8_t channel = 0;
  bool down = false;
};

struct ProgramChange {
  std::int64_t tick = 0;
  std::uint8_t channel = 0;
  std::uint8_t program = 0;
};

// Of all tracks that sound together. Each list holds one track after the other, in order of time
// within each.
struct SongEvents {
  std::size_t first_track = 0;  // its number in the file
  std::vector<KeyPress> presses;
  std::vector<std::size_t> press_ends;   // for each track, the number of presses up to its end
  std::vector<std::string> track_names;  // for each track, the first it gives itself
  std::vector<PedalMove> pedal_moves;
  std::vector<TempoChange> tempo_changes;
  std::vector<ProgramChange> program_changes;
  std::int64_t end_tick = 0;  // the latest end of a track
};

class TrackReader {
 public:
  TrackReader(const ReadOptions& options, Oddities& oddities);

  // Adds the events of a track to `song`, as far as they can be read. Fails only for too many notes
  // in all the tracks that this reader was given.
  Expected<void> read(std::span<const std::byte> track, SongEvents& song);

 private:
  // Keys held down, as a list for each: the first is released first. The press says which is next
  // in `end_tick`, as long as it has no end. Numbers count from 1; 0 is none.
  struct HeldKey {
    std::uint32_t first = 0, last = 0;
  };
  struct AllNotesOff {
    std::int64_t tick;
    std::uint8_t channel;
  };
  enum class Ending { end_of_track, no_more_bytes, cut, unreadable, too_many_notes };

  Ending read_events(ByteCursor& bytes);
  Ending read_meta_event(ByteCursor& bytes);
  Ending skip_system_event(ByteCursor& bytes, std::uint8_t status);
  void read_program_change(std::uint8_t channel, std::uint8_t program);
  void strike(std::uint8_t channel, std::uint8_t pitch, std::uint8_t velocity);
  void release(std::uint8_t channel, std::uint8_t pitch);
  void control(std::uint8_t channel, std::uint8_t controller, std::uint8_t value);
  void release_held_keys();
  HeldKey& held(std::uint8_t channel, std::uint8_t pitch) {
    return held_[std::size_t{channel} * 128 + pitch];
  }

  std::int64_t notes_left_;
  std::int64_t max_notes_;
  Oddities& oddities_;
  std::vector<HeldKey> held_ = std::vector<HeldKey>(kChannels * 128);  // none between tracks

  // Of the track being read.
  SongEvents* song_ = nullptr;
  std::int64_t tick_ = 0;
  std::int64_t held_count_ = 0;
  std::array<std::uint8_t, kChannels> program_{};
  enum class PedalState : std::uint8_t { unknown, up, down };
  std::array<std::array<PedalState, kChannels>, 2> pedal_{};
  std::vector<AllNotesOff> all_notes_off_;
};

}  // namespace pno::midi
