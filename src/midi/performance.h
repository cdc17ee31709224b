#pragma once

// A performance: notes and pedals with exact times, the same on every machine.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pno::midi {

// Times are integers, in microseconds from the start of the file, tempo map applied.
struct Note {
  std::int64_t start_us = 0;
  std::uint32_t length_us = 0;      // > 0; until the sound ends, pedals applied
  std::uint32_t key_length_us = 0;  // > 0, <= length_us; until the key is released
  std::uint8_t pitch = 0;           // 0..127, 60 = middle C
  std::uint8_t velocity = 0;        // 1..127
  std::uint8_t channel = 0;         // 0..15
  std::uint16_t track = 0;          // index into Performance::track_names

  std::int64_t end_us() const { return start_us + length_us; }
  // The track is not compared: it says where a file keeps the note, not what was played.
  bool operator==(const Note& other) const {
    return start_us == other.start_us && length_us == other.length_us &&
           key_length_us == other.key_length_us && pitch == other.pitch &&
           velocity == other.velocity && channel == other.channel;
  }
};

// A pedal held down.
struct Pedal {
  enum class Kind : std::uint8_t { sustain, sostenuto };
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;  // > start_us
  Kind kind = Kind::sustain;
  std::uint8_t channel = 0;  // 0..15

  bool operator==(const Pedal&) const = default;
};

// Notes are sorted by (start, pitch); no two of one pitch overlap: a piano has one string for
// each, so striking it again ends what it sounded. Pedals are sorted by (start, channel, kind).
struct Performance {
  std::vector<Note> notes;
  std::vector<Pedal> pedals;
  std::vector<std::string> track_names = {};  // bytes as in the file; empty for a track without one

  // The end of the last note; 0 without notes.
  std::int64_t length_us() const;
};

// Sorts the notes and makes the invariant hold: a note is cut when its pitch is struck again, and
// of two struck at the same time the longer stays, with the greater velocity. Returns how many
// notes had their key still down when it was struck again, and so were cut or joined.
std::int64_t make_playable(std::vector<Note>& notes);

// The same for each track by itself: notes of one pitch may then overlap if their tracks differ.
// The result is sorted by (start, pitch, track). make_playable() of it sounds as make_playable() of
// the input does: the same starts, lengths, pitches and velocities.
std::int64_t make_tracks_playable(std::vector<Note>& notes);

}  // namespace pno::midi
