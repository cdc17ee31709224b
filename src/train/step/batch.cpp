#include "train/step/batch.h"

#include <algorithm>

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

}  // namespace pno::train
