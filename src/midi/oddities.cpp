#include "midi/oddities.h"

#include <fmt/format.h>

#include <array>

namespace pno::midi {
namespace {

struct Condition {
  bool Oddities::*holds;
  const char* words;
};
constexpr std::array kConditions = {
    Condition{&Oddities::truncated, "cut short"},
    Condition{&Oddities::rmi, "wrapped in RIFF"},
    Condition{&Oddities::unknown_format, "of an unknown format, read as format 1"},
    Condition{&Oddities::wrong_header_length, "header of another length than it says"},
    Condition{&Oddities::wrong_track_count, "another number of tracks than announced"},
    Condition{&Oddities::no_piano_program, "no piano program, its one instrument taken as piano"},
};

struct Count {
  std::int64_t Oddities::*number;
  const char *one, *many;
};
constexpr std::array kCounts = {
    Count{&Oddities::bytes_before_header, "byte before the header", "bytes before the header"},
    Count{&Oddities::appended_files, "appended file left out", "appended files left out"},
    Count{&Oddities::wrong_track_lengths, "track of another length than it says",
          "tracks of another length than they say"},
    Count{&Oddities::missing_end_of_track, "track without its end", "tracks without their end"},
    Count{&Oddities::early_ends_of_track, "early end of track", "early ends of track"},
    Count{&Oddities::damaged_bytes, "damaged byte in a track", "damaged bytes in tracks"},
    Count{&Oddities::unreadable_tracks, "track unreadable from some point on",
          "tracks unreadable from some point on"},
    Count{&Oddities::bytes_after_end, "byte after the end", "bytes after the end"},
    Count{&Oddities::unknown_chunks, "unknown chunk", "unknown chunks"},
    Count{&Oddities::wire_messages, "message that belongs on a wire",
          "messages that belong on a wire"},
    Count{&Oddities::zero_tempos, "tempo of zero", "tempos of zero"},
    Count{&Oddities::damaged_deltas, "damaged delta time", "damaged delta times"},
    Count{&Oddities::notes_without_end, "note without end", "notes without end"},
    Count{&Oddities::pedals_without_end, "pedal never lifted", "pedals never lifted"},
    Count{&Oddities::stray_note_offs, "stray note-off", "stray note-offs"},
    Count{&Oddities::overlapping_notes, "overlapping note", "overlapping notes"},
    Count{&Oddities::zero_length_notes, "note of no length", "notes of no length"},
    Count{&Oddities::out_of_range_notes, "note above the range", "notes above the range"},
    Count{&Oddities::drum_notes, "drum note left out", "drum notes left out"},
    Count{&Oddities::other_program_notes, "note of another instrument left out",
          "notes of other instruments left out"},
};

}  // namespace

std::string Oddities::text() const {
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  for (const Condition& c : kConditions) {
    if (this->*c.holds) add(c.words);
  }
  for (const Count& c : kCounts) {
    const std::int64_t number = this->*c.number;
    if (number > 0) add(fmt::format("{} {}", number, number == 1 ? c.one : c.many));
  }
  return text;
}

bool Oddities::any() const {
  return !text().empty();
}

}  // namespace pno::midi
