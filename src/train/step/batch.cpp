#include "train/step/batch.h"

#include "base/error.h"

namespace pno::train {

void Batch::add(std::span<const events::Token> tokens, std::size_t music, events::Token padding) {
  PNO_CHECK(music <= tokens.size() && music <= static_cast<std::size_t>(length) + 1,
            "a row is longer than its batch");
  const auto first = rows++ * length;
  const auto known = music > 0 ? music - 1 : 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) {
    inputs.push_back(i < music ? tokens[i] : padding);
    if (i >= known) continue;
    targets.push_back(tokens[i + 1]);
    target_at.push_back(first + static_cast<std::int64_t>(i));
  }
}

void Batch::add(std::span<const events::Token> tokens, std::size_t music, events::Grammar grammar) {
  add(tokens, music, grammar.vocabulary().eos());
  const auto words = events::mask_words(grammar.vocabulary().outputs());
  std::vector<std::uint64_t> mask(words);
  allowed.reserve(allowed.size() + words * static_cast<std::size_t>(length));
  for (std::size_t i = 1; i < music; ++i) {
    grammar.read(tokens[i - 1]);
    grammar.allowed(mask);
    PNO_CHECK(events::mask_contains(mask, tokens[i]), "the grammar allows what encode() writes");
    allowed.insert(allowed.end(), mask.begin(), mask.end());
  }
}

}  // namespace pno::train
