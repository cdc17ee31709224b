#include "corpus/examples/melody.h"

#include <algorithm>
#include <string>

#include "corpus/examples/grid_music.h"

namespace pno::corpus {
namespace {

using Notes = std::vector<events::PlainNote>;

constexpr double kLeastShare = 0.02, kGreatestShare = 0.7;
constexpr int kLowestSplit = 55, kHighestSplit = 76;            // G3 to E5
constexpr int kLowestRange = 30, kHighestRange = 84;            // of the first pitch of a range
constexpr int kLeastRangeWidth = 12, kGreatestRangeWidth = 36;  // semitones

int between(RandomStream& random, int least, int greatest) {
  return least + static_cast<int>(random.below(static_cast<std::uint64_t>(greatest - least) + 1));
}

double melody_share(const Notes& notes) {
  const auto count = std::ranges::count(notes, kMelodyPart, &events::PlainNote::part);
  return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(notes.size(), 1));
}

std::int64_t end_us(const events::PlainNote& note) {
  return note.start_us + note.length_us;
}

}  // namespace

int melody_part(const PieceInfo& info) {
  for (std::size_t i = 0; i < info.parts.size(); ++i) {
    std::string name = info.parts[i];
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (name.find("melody") != std::string::npos) return static_cast<int>(i);
  }
  return -1;
}

void mark_part(const NoteColumns& rows, std::uint8_t part, Notes& notes) {
  if (notes.empty()) return;
  const auto& starts = rows.start_us;
  auto row = static_cast<std::size_t>(std::ranges::lower_bound(starts, notes.front().start_us) -
                                      starts.begin());
  for (auto& note : notes) {
    note.part = 0;
    const auto is_before = [&](std::size_t i) {
      return std::pair(starts[i], rows.pitch[i]) < std::pair(note.start_us, note.pitch);
    };
    while (row < starts.size() && is_before(row)) ++row;
    for (; row < starts.size() && starts[row] == note.start_us && rows.pitch[row] == note.pitch;
         ++row) {
      const std::uint8_t of_row = rows.part.empty() ? std::uint8_t{0} : rows.part[row];
      if (of_row == part) note.part = kMelodyPart;
    }
  }
}

void mark_skyline(Notes& notes) {
  const events::PlainNote* last = nullptr;  // of the melody
  for (std::size_t first = 0; first < notes.size();) {
    std::size_t highest = first, next = first;
    for (; next < notes.size() && notes[next].start_us - notes[first].start_us < kChordUs; ++next) {
      notes[next].part = 0;
      if (notes[next].pitch > notes[highest].pitch) highest = next;
    }
    auto& note = notes[highest];
    const bool is_below = last != nullptr && last->pitch > note.pitch &&
                          end_us(*last) > note.start_us &&
                          note.start_us - last->start_us < kMelodyHoldsUs;
    if (!is_below) {
      note.part = kMelodyPart;
      last = &note;
    }
    first = next;
  }
}

void mark_pitches(int lowest, int highest, Notes& notes) {
  for (auto& note : notes) {
    note.part = note.pitch >= lowest && note.pitch <= highest ? kMelodyPart : std::uint8_t{0};
  }
}

MelodyChoice mark_melody(const Dataset& dataset, std::size_t piece, RandomStream& random,
                         Notes& notes) {
  const int part = melody_part(dataset.info(piece));
  auto choice = MelodyChoice::part;
  if (part >= 0) {
    mark_part(dataset.rows_of(piece), static_cast<std::uint8_t>(part), notes);
  } else {
    const auto drawn = random.below(4);
    choice = drawn < 2    ? MelodyChoice::skyline
             : drawn == 2 ? MelodyChoice::split
                          : MelodyChoice::in_range;
    if (choice == MelodyChoice::split) {
      mark_pitches(between(random, kLowestSplit, kHighestSplit), 127, notes);
    } else if (choice == MelodyChoice::in_range) {
      const int lowest = between(random, kLowestRange, kHighestRange);
      const int width = between(random, kLeastRangeWidth, kGreatestRangeWidth);
      mark_pitches(lowest, lowest + width - 1, notes);
    }
  }
  const double share = melody_share(notes);
  const bool is_marked = choice != MelodyChoice::skyline;
  if (is_marked && share >= kLeastShare && share <= kGreatestShare) return choice;
  mark_skyline(notes);
  return MelodyChoice::skyline;
}

}  // namespace pno::corpus
