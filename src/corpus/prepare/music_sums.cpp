#include "corpus/prepare/music_sums.h"

#include <algorithm>
#include <cmath>

#include "corpus/prepare/filters.h"

namespace pno::corpus {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void MusicSums::add(std::span<const events::PlainNote> music) {
  std::int64_t end_us = 0;
  for (const auto& note : music) {
    end_us = std::max(end_us, note.start_us + note.length_us);
    sounding_us += note.length_us;
    ++velocities.at(note.velocity);
  }
  ++pieces;
  notes += static_cast<std::int64_t>(music.size());
  length_us += end_us;
  const auto as_loud = [&](const auto& note) { return note.velocity == music[0].velocity; };
  if (std::ranges::all_of(music, as_loud)) ++even_pieces;
  if (on_one_grid(music)) ++grid_pieces;
}

void MusicSums::add(const MusicSums& other) {
  pieces += other.pieces;
  notes += other.notes;
  length_us += other.length_us;
  sounding_us += other.sounding_us;
  for (std::size_t i = 0; i < velocities.size(); ++i) velocities[i] += other.velocities[i];
  pedalled_notes += other.pedalled_notes;
  even_pieces += other.even_pieces;
  grid_pieces += other.grid_pieces;
}

void MusicSums::subtract(const MusicSums& other) {
  pieces -= other.pieces;
  notes -= other.notes;
  length_us -= other.length_us;
  sounding_us -= other.sounding_us;
  for (std::size_t i = 0; i < velocities.size(); ++i) velocities[i] -= other.velocities[i];
  pedalled_notes -= other.pedalled_notes;
  even_pieces -= other.even_pieces;
  grid_pieces -= other.grid_pieces;
}

double MusicSums::notes_per_second() const {
  return ratio(notes, length_us) * 1e6;
}

double MusicSums::mean_sounding() const {
  return ratio(sounding_us, length_us);
}

int MusicSums::velocity_at(double share) const {
  const auto wanted = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(notes)));
  std::int64_t seen = 0;
  for (std::size_t velocity = 0; velocity < velocities.size(); ++velocity) {
    seen += velocities[velocity];
    if (seen > 0 && seen >= wanted) return static_cast<int>(velocity);
  }
  return 0;
}

int MusicSums::different_velocities() const {
  return static_cast<int>(
      std::ranges::count_if(velocities, [](std::int64_t count) { return count > 0; }));
}

}  // namespace pno::corpus
