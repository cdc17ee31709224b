#pragma once

// The events of track chunks that matter for a piano, in ticks: the keys and how long they were
// pressed, moves of the pedals, tempo and program changes. Everything else is skipped.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "midi/message_walk.h"
#include "midi/oddities.h"
#include "midi/performance.h"
#include "midi/read_options.h"
#include "midi/tempo_map.h"

namespace pno::midi {

// A line is a channel of a port: the number of the port times 16, plus the channel. Ports (meta
// event FF 21) are numbered in the order in which the file names them; 0 is the port of tracks that
// name none. From the 16th on they share a number.
inline constexpr std::size_t kChannels = 16, kPorts = 16, kLines = kPorts * kChannels;
inline constexpr std::uint8_t kDrumChannel = 9;  // "channel 10", counted from 1

inline bool is_drum_line(std::uint8_t line) {
  return line % kChannels == kDrumChannel;
}

// In place of a program, 0..127.
inline constexpr std::uint8_t kProgramUnset = 255;
inline constexpr std::uint8_t kDrumKit = 128;  // of any number, from a drum bank

inline constexpr std::int64_t kNoTick = std::numeric_limits<std::int64_t>::max();

struct KeyPress {
  std::int64_t start_tick = 0;
  std::int64_t end_tick = 0;  // >= start_tick; if the end is lost, see lost_note_offs.h
  std::uint8_t pitch = 0;
  std::uint8_t velocity = 0;
  std::uint8_t line = 0;
  std::uint8_t program = kProgramUnset;  // the one that its track had chosen for its line
  bool has_end = false;                  // ended by a NOTE_OFF
};

// A pedal that crosses the middle of its way.
struct PedalMove {
  std::int64_t tick = 0;
  Pedal::Kind kind = Pedal::Kind::sustain;
  std::uint8_t line = 0;
  bool down = false;
};

struct ProgramChange {
  std::int64_t tick = 0;
  std::uint8_t line = 0;
  std::uint8_t program = 0;  // 0..127 or kDrumKit
};

// Of a line: All Notes Off or All Sound Off.
struct AllNotesOff {
  std::int64_t tick = 0;
  std::uint8_t line = 0;
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
};

// Reads the tracks of one file, in their order. Not thread-safe.
class TrackReader {
 public:
  TrackReader(const ReadOptions& options, const Division& division, Oddities& oddities);

  // Adds the events of a track to `song`, as far as they can be read. An End of Track in the middle
  // does not end it if is_more_of_track() says so. Returns an error only for too many notes in all
  // the tracks that this reader was given.
  Expected<void> read(std::span<const std::byte> track, SongEvents& song);

  // For walk_messages().
  bool begin_event(const ByteCursor&) { return true; }
  void advance(std::uint32_t delta_ticks);
  bool channel_message(std::uint8_t status, std::uint8_t first, std::uint8_t second);
  void meta(std::uint8_t type, std::span<const std::byte> payload);
  void system_exclusive(std::span<const std::byte> payload);
  void wire_message() { ++oddities_.wire_messages; }

 private:
  // Keys held down, as a list for each: the first is released first. The press says which is next
  // in `end_tick`, as long as it has no end. Numbers count from 1; 0 is none.
  struct HeldKey {
    std::uint32_t first = 0, last = 0;
  };

  Ending walk(std::span<const std::byte> track);
  void choose_port(std::uint8_t port);
  void change_program(std::uint8_t line, std::uint8_t program);
  bool strike(std::uint8_t line, std::uint8_t pitch, std::uint8_t velocity);
  void release(std::uint8_t line, std::uint8_t pitch);
  void control(std::uint8_t line, std::uint8_t controller, std::uint8_t value);
  void move_pedal(std::uint8_t line, Pedal::Kind kind, bool down);
  void lift_pedals(std::uint8_t line);
  void end_held_keys();
  HeldKey& held(std::uint8_t line, std::uint8_t pitch) {
    return held_[std::size_t{line} * 128 + pitch];
  }

  std::int64_t notes_left_;
  std::int64_t max_notes_;
  std::int64_t most_delta_ticks_, quarter_ticks_;
  Oddities& oddities_;
  std::vector<std::uint8_t> ports_ = {0};
  std::vector<HeldKey> held_ = std::vector<HeldKey>(kChannels * 128);  // of ports_; none between
                                                                       // tracks
  bool roland_banks_ = false;  // since a GS reset, up to a reset of another kind

  // Of the track that is read.
  SongEvents* song_ = nullptr;
  std::int64_t tick_ = 0;
  std::int64_t held_count_ = 0;
  std::uint8_t first_line_ = 0;  // of the port
  std::array<std::uint8_t, kLines> program_{}, bank_{};
  enum class PedalState : std::uint8_t { unknown, up, down };
  std::array<std::array<PedalState, kLines>, 2> pedal_{};
  std::vector<AllNotesOff> all_notes_off_;
};

}  // namespace pno::midi
