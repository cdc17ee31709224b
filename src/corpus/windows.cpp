#include "corpus/windows.h"

#include <algorithm>
#include <span>

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

// The windows of one piece. Neighbours without overlap share a token: the last target of one is the
// first input of the next.
void cut(std::span<const events::Token> tokens, const events::Vocabulary& vocabulary,
         const WindowOptions& options, Window window, std::vector<Window>& into) {
  const auto most = static_cast<std::size_t>(options.tokens);
  const auto stride = options.stride > 0 ? static_cast<std::size_t>(options.stride) : most;
  const std::size_t targets = tokens.size() - 1;
  events::Grammar grammar(vocabulary);
  std::size_t counted = 0;
  for (std::size_t first = 0; counted < targets; first += stride) {
    const std::size_t end = std::min(first + most, targets);
    const auto inside = tokens.subspan(first, end - first + 1);
    window.tokens.assign(inside.begin(), inside.end());
    window.before = grammar;
    window.counted = end - counted;
    into.push_back(window);
    counted = end;
    for (const auto token : inside.first(std::min(stride, inside.size()))) grammar.read(token);
  }
}

}  // namespace

std::vector<Window> validation_windows(const Dataset& dataset, const events::Vocabulary& vocabulary,
                                       const WindowOptions& options) {
  PNO_CHECK(options.tokens > 0, "windows without a token");
  PNO_CHECK(options.stride <= options.tokens, "windows with gaps between them");
  std::vector<Window> windows;
  std::vector<events::PlainNote> notes;
  std::vector<events::Token> tokens;
  for (const std::size_t piece : dataset.split(options.split)) {
    dataset.gather(piece, 0, dataset.notes_of(piece), notes);
    tokens.clear();
    events::encode(notes, vocabulary, {}, tokens);
    const Window of_piece{.piece = piece, .tokens = {}, .before = events::Grammar(vocabulary)};
    cut(tokens, vocabulary, options, of_piece, windows);
  }
  if (options.sample == 0 || options.sample >= windows.size()) return windows;
  return spread_evenly(std::move(windows), options.sample);
}

}  // namespace pno::corpus
