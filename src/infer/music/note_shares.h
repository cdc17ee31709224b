#pragma once

// Attention weights of events, added up for each note.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "events/vocabulary.h"

namespace pno::infer {

struct NoteShare {
  std::int64_t start_steps = 0;  // onset, from the beginning of the tokens
  int pitch = 0;
  double share = 0;  // 0 … 1, the weights of its NOTE_ON, NOTE_OFF and the VELOCITY before it
};

struct NoteShares {
  std::vector<NoteShare> notes;  // the greatest share first
  double rest = 0;               // of events that belong to no note: pauses, BOS
};

// `weights` are those of the last of `tokens`; a note whose events are all earlier is left out.
NoteShares note_shares(std::span<const events::Token> tokens, std::span<const float> weights,
                       const events::Vocabulary& vocabulary);

// The index of the NOTE_ON of `pitch` at `start_steps`; none if the tokens do not have it.
std::optional<std::size_t> find_note_on(std::span<const events::Token> tokens,
                                        std::int64_t start_steps, int pitch,
                                        const events::Vocabulary& vocabulary);

}  // namespace pno::infer
