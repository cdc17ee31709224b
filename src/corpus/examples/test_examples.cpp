#include "corpus/examples/test_examples.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "events/random_music.h"

namespace pno::corpus {

using events::Kind;
using events::kPerformancePlus;

Dataset dataset_of(std::span<const Piece> pieces) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("pno-{}-examples.notes", ::getpid());
  PNO_CHECK(write_dataset(path, pieces), "a test's dataset could not be written");
  auto dataset = Dataset::open(path);
  PNO_CHECK(dataset, "a test's dataset could not be opened");
  std::filesystem::remove(path);
  return std::move(*dataset);
}

Piece piece_of(std::vector<events::PlainNote> notes, PieceInfo info) {
  info.hash = content_hash(notes);
  info.source = "a.mid";
  return {std::move(info), std::move(notes)};
}

std::vector<Piece> random_pieces(std::size_t count, std::size_t notes) {
  std::vector<Piece> pieces;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    auto music = events::random_notes(seed + 1, notes);
    for (auto& note : music) note.pitch = std::clamp<std::uint8_t>(note.pitch, 10, 110);
    std::ranges::sort(music, {}, [](const auto& n) { return std::pair(n.start_us, n.pitch); });
    pieces.push_back(
        piece_of(std::move(music), {.composer = "Frédéric Chopin", .kind = MusicKind::disklavier}));
  }
  return pieces;
}

bool has(const Example& example, std::size_t i, Kind kind, events::Role role) {
  return i < example.tokens.size() && kPerformancePlus.event(example.tokens[i]).kind == kind &&
         example.roles[i] == role;
}

std::vector<TimedNote> timed_notes(const Example& example, RolePair roles, std::size_t first,
                                   std::size_t end, std::int64_t start_step) {
  std::vector<TimedNote> notes;
  std::array<int, events::kRoles> bins;
  bins.fill(-1);
  std::int64_t now = start_step;
  for (std::size_t i = first; i < end; ++i) {
    if (example.roles[i] != roles.one && example.roles[i] != roles.other) continue;
    auto& bin = bins.at(static_cast<std::size_t>(example.roles[i]));
    const auto event = kPerformancePlus.event(example.tokens[i]);
    if (event.kind == Kind::time_shift) now += event.value;
    if (event.kind == Kind::velocity) bin = event.value;
    if (event.kind == Kind::note_on) notes.push_back({now, event.value, bin, true});
    if (event.kind == Kind::note_off) notes.push_back({now, event.value});
  }
  return notes;
}

std::vector<TimedNote> timed_notes(std::span<const GridEvent> events) {
  std::vector<TimedNote> notes;
  for (const auto& event : events) {
    const int bin = event.is_on ? kPerformancePlus.velocity_bin(event.velocity) : -1;
    notes.push_back({event.step, event.pitch, bin, event.is_on});
  }
  return notes;
}

}  // namespace pno::corpus
