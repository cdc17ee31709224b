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
#include "midi/damaged_delta.h"
#include "midi/message_walk.h"
#include "midi/oddities.h"
#include "midi/performance.h"
#include "midi/read_options.h"
#include "midi/song_events.h"
#include "midi/tempo_map.h"

namespace pno::midi {

// Reads the tracks of one file, in their order. Not thread-safe.
class TrackReader {
 public:
  TrackReader(const ReadOptions& options, const Division& division, Oddities& oddities);

  // Adds the events of a track to `song`, all that walk_track() finds. Returns an error only for
  // too many notes in all the tracks that this reader was given.
  Expected<void> read(std::span<const std::byte> track, SongEvents& song);

  // For walk_messages().
  bool begin_event(const ByteCursor&) { return true; }
  void advance(std::uint32_t delta_ticks);
  bool channel_message(std::uint8_t status, std::uint8_t first, std::uint8_t second);
  void meta(std::uint8_t type, std::span<const std::byte> payload);
  void system_exclusive(std::span<const std::byte> payload);
  void wire_message() { ++oddities_.wire_messages; }
  void pass_over() {}  // for walk_track()

 private:
  // Keys held down, as a list for each: the first is released first. The press says which is next
  // in `end_tick`, as long as it has no end. Numbers count from 1; 0 is none.
  struct HeldKey {
    std::uint32_t first = 0, last = 0;
  };

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
  DamagedDelta delta_;
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
