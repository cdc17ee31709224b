#include "infer/music/note_shares.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"

namespace pno::infer {

using events::Kind;
using events::Token;

NoteShares note_shares(std::span<const Token> tokens, std::span<const float> weights,
                       const events::Vocabulary& vocabulary) {
  PNO_CHECK(weights.size() <= tokens.size(), "there are more weights than tokens");
  constexpr std::ptrdiff_t kNone = -1;
  const std::size_t first = tokens.size() - weights.size();
  NoteShares shares;
  std::array<std::ptrdiff_t, 128> sounding{};  // index into `notes`, by pitch
  sounding.fill(kNone);
  std::int64_t now = 0;
  double of_velocity = 0;  // the weight of a VELOCITY whose note is still to come
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto [kind, value] = vocabulary.event(tokens[i]);
    const double weight = i < first ? 0 : static_cast<double>(weights[i - first]);
    switch (kind) {
      case Kind::velocity:
        of_velocity += weight;
        break;
      case Kind::note_on:
        sounding[static_cast<std::size_t>(value)] = std::ssize(shares.notes);
        shares.notes.push_back({now, value, weight + of_velocity});
        of_velocity = 0;
        break;
      case Kind::note_off: {
        const auto note = std::exchange(sounding[static_cast<std::size_t>(value)], kNone);
        (note == kNone ? shares.rest : shares.notes[static_cast<std::size_t>(note)].share) +=
            weight;
        break;
      }
      default:
        if (kind == Kind::time_shift) now += value;
        shares.rest += weight;
    }
  }
  shares.rest += of_velocity;
  std::erase_if(shares.notes, [](const NoteShare& note) { return note.share <= 0; });
  std::stable_sort(shares.notes.begin(), shares.notes.end(),
                   [](const NoteShare& a, const NoteShare& b) { return a.share > b.share; });
  return shares;
}

std::optional<std::size_t> find_note_on(std::span<const Token> tokens, std::int64_t start_steps,
                                        int pitch, const events::Vocabulary& vocabulary) {
  std::int64_t now = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto [kind, value] = vocabulary.event(tokens[i]);
    if (kind == Kind::time_shift) now += value;
    if (kind == Kind::note_on && value == pitch && now == start_steps) return i;
  }
  return std::nullopt;
}

}  // namespace pno::infer
