#include "corpus/windows.h"

#include <algorithm>

#include "events/encode.h"

namespace pno::corpus {
namespace {

// `count` of the windows, each from the middle of an equal share of them.
std::vector<Window> spread_evenly(std::vector<Window> windows, std::size_t count) {
  std::vector<Window> chosen;
  chosen.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(std::move(windows[(2 * i + 1) * windows.size() / (2 * count)]));
  }
  return chosen;
}

}  // namespace

std::vector<Window> validation_windows(const Dataset& dataset, Split split,
                                       const events::Vocabulary& vocabulary, int context,
                                       std::size_t max_windows) {
  PNO_CHECK(context > 0, "windows without a token");
  const auto step = static_cast<std::ptrdiff_t>(context);
  std::vector<Window> windows;
  std::vector<events::PlainNote> notes;
  std::vector<events::Token> tokens;
  for (const std::size_t piece : dataset.split(split)) {
    dataset.gather(piece, 0, dataset.notes_of(piece), notes);
    tokens.clear();
    events::encode(notes, vocabulary, {}, tokens);
    // Neighbours share a token: the last target of one is the first input of the next.
    const auto last = tokens.end() - 1;
    events::Grammar grammar(vocabulary);
    for (auto first = tokens.begin(); first < last;) {
      const auto next = first + std::min(step, last - first);
      windows.push_back({.piece = piece, .tokens = {first, next + 1}, .before = grammar});
      for (; first < next; ++first) grammar.read(*first);
    }
  }
  if (max_windows == 0 || max_windows >= windows.size()) return windows;
  return spread_evenly(std::move(windows), max_windows);
}

}  // namespace pno::corpus
