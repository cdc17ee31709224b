#include "eval/likelihood.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "base/interrupt.h"
#include "base/random.h"
#include "corpus/windows.h"
#include "eval/target_score.h"
#include "events/grammar.h"
#include "model/not_finite.h"

namespace pno::eval {
namespace {

constexpr int kFirstPositions = 64;  // of the first range of positions
constexpr int kResamples = 1000;     // of the intervals
constexpr std::uint64_t kIntervalStream = 0x6c696b65;

// The range of positions [0, 64), [64, 128), [128, 256), … of a target.
std::size_t position_range(std::size_t position) {
  return static_cast<std::size_t>(std::bit_width(position / kFirstPositions));
}
int first_of_range(std::size_t range) {
  return range == 0 ? 0 : kFirstPositions << (range - 1);
}

// Of one window.
struct WindowScore {
  std::array<Score, events::kEventKinds> by_kind;
  std::vector<Score> by_range;  // of positions
  std::int64_t notes = 0, steps = 0;
};

WindowScore score_window(infer::Session& session, const events::Vocabulary& vocabulary,
                         const corpus::Window& window) {
  session.reset();
  const std::span<const events::Token> tokens = window.tokens;
  const auto inputs = tokens.first(tokens.size() - 1), targets = tokens.subspan(1);
  const auto logits = session.logits_of(inputs);
  const auto V = static_cast<std::size_t>(vocabulary.outputs());
  std::vector<std::uint64_t> allowed(events::mask_words(vocabulary.outputs()));
  auto grammar = window.before;
  WindowScore result;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    grammar.read(inputs[t]);
    if (t + window.counted < targets.size()) continue;
    grammar.allowed(allowed);
    const auto score = score_target(std::span(logits).subspan(t * V, V), targets[t], allowed);
    const auto event = vocabulary.event(targets[t]);
    result.by_kind.at(static_cast<std::size_t>(event.kind)).add(score);
    const auto range = position_range(t);
    result.by_range.resize(std::max(result.by_range.size(), range + 1));
    result.by_range[range].add(score);
    if (event.kind == events::Kind::note_on) ++result.notes;
    if (event.kind == events::Kind::time_shift) result.steps += event.value;
  }
  return result;
}

// "96 train, 3 validation, 0 test", for a message.
std::string split_sizes(const corpus::Dataset& dataset) {
  std::vector<std::string> sizes;
  for (int i = 0; i < corpus::kSplits; ++i) {
    const auto split = static_cast<corpus::Split>(i);
    sizes.push_back(fmt::format("{} {}", dataset.split(split).size(), enum_name(split)));
  }
  return fmt::format("{}", fmt::join(sizes, ", "));
}

// Scores all windows with several threads. The calling thread works, too, and is the only one that
// reports progress.
class Scoring {
 public:
  Scoring(const std::shared_ptr<const infer::Engine>& engine,
          const std::vector<corpus::Window>& windows, const ProgressFunction& progress)
      : engine_(engine), windows_(windows), progress_(progress), scores_(windows.size()) {
    for (const auto& window : windows) tokens_ += static_cast<std::int64_t>(window.counted);
  }

  std::vector<WindowScore> run(std::size_t threads) {
    std::vector<infer::Session> sessions;
    while (sessions.size() < threads) sessions.emplace_back(engine_, /*threads=*/1);
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) {
      others.emplace_back(
          [this, &session = sessions[i]] { score_windows(session, /*progress=*/{}); });
    }
    score_windows(sessions.front(), progress_);
    others.clear();
    return std::move(scores_);
  }

 private:
  void score_windows(infer::Session& session, const ProgressFunction& progress) {
    for (auto i = next_++; i < windows_.size() && !interrupted(); i = next_++) {
      scores_[i] = score_window(session, engine_->vocabulary(), windows_[i]);
      done_ += static_cast<std::int64_t>(windows_[i].counted);
      if (progress) progress(done_, tokens_);
    }
  }

  const std::shared_ptr<const infer::Engine>& engine_;
  const std::vector<corpus::Window>& windows_;
  const ProgressFunction& progress_;
  std::vector<WindowScore> scores_;
  std::int64_t tokens_ = 0;  // targets in all
  std::atomic<std::size_t> next_{0};
  std::atomic<std::int64_t> done_{0};
};

// Sums in the order of the windows, so that the number of threads does not change the result.
Likelihood total_of(const std::vector<corpus::Window>& windows,
                    const std::vector<WindowScore>& scores, const events::Vocabulary& vocabulary) {
  Likelihood result;
  std::vector<Score> by_range;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (result.pieces.empty() || result.pieces.back().piece != windows[i].piece) {
      result.pieces.push_back({.piece = windows[i].piece, .score = {}});
    }
    auto& piece = result.pieces.back();
    for (std::size_t kind = 0; kind < events::kEventKinds; ++kind) {
      const auto& score = scores[i].by_kind.at(kind);
      result.by_kind.at(kind).add(score);
      piece.score.add(score);
      result.total.add(score);
    }
    by_range.resize(std::max(by_range.size(), scores[i].by_range.size()));
    for (std::size_t range = 0; range < scores[i].by_range.size(); ++range) {
      by_range[range].add(scores[i].by_range[range]);
    }
    piece.notes += scores[i].notes;
    piece.music_seconds += static_cast<double>(scores[i].steps) * vocabulary.step_us() / 1e6;
  }
  for (std::size_t range = 0; range < by_range.size(); ++range) {
    if (by_range[range].tokens == 0) continue;
    result.by_position.push_back({.first = first_of_range(range), .score = by_range[range]});
  }
  for (const auto& piece : result.pieces) {
    result.notes += piece.notes;
    result.music_seconds += piece.music_seconds;
  }
  return result;
}

void add_intervals(Likelihood& likelihood) {
  std::vector<std::size_t> groups(likelihood.pieces.size());
  std::iota(groups.begin(), groups.end(), std::size_t{0});
  RandomStream random(0, kIntervalStream);
  std::vector<double> nll, grammar_nll;
  for (int i = 0; i < kResamples; ++i) {
    Score sum;
    for (const auto piece : resample_groups(groups, random)) {
      sum.add(likelihood.pieces[piece].score);
    }
    nll.push_back(sum.nll());
    grammar_nll.push_back(sum.grammar_nll());
  }
  likelihood.nll = interval_of(likelihood.total.nll(), std::move(nll));
  likelihood.grammar_nll = interval_of(likelihood.total.grammar_nll(), std::move(grammar_nll));
}

Expected<void> check(const LikelihoodOptions& options, int window) {
  if (options.window < 0) {
    return fail_usage("window is {}; it must be 0 (the model's context) or more", options.window);
  }
  if (options.stride < 0 || options.stride > window) {
    return fail_usage("stride is {}; it must be 0 (no overlap) to the window, {}", options.stride,
                      window);
  }
  if (options.threads < 0) {
    return fail_usage("threads is {}; it must be 0 (as the model's) or more", options.threads);
  }
  return {};
}

}  // namespace

double Likelihood::per_note() const {
  return notes > 0 ? total.nll_sum / static_cast<double>(notes) : 0;
}

double Likelihood::per_second() const {
  return music_seconds > 0 ? total.nll_sum / music_seconds : 0;
}

Expected<Likelihood> likelihood(const std::shared_ptr<const infer::Engine>& engine,
                                const corpus::Dataset& dataset, const LikelihoodOptions& options,
                                const ProgressFunction& progress) {
  const int window = options.window > 0 ? options.window : engine->config().context;
  PNO_TRY_VOID(check(options, window));
  const auto& vocabulary = engine->vocabulary();
  const auto windows = corpus::validation_windows(dataset, vocabulary,
                                                  {.split = options.split,
                                                   .tokens = window,
                                                   .stride = options.stride,
                                                   .sample = options.sample});
  if (windows.empty()) {
    return fail("the dataset has no pieces in its {} split; it has {}", enum_name(options.split),
                split_sizes(dataset));
  }
  const int threads = options.threads > 0 ? options.threads : engine->threads();
  const auto scores = Scoring(engine, windows, progress)
                          .run(std::min(static_cast<std::size_t>(threads), windows.size()));
  if (interrupted()) return fail_interrupted("interrupted before all was evaluated");
  auto result = total_of(windows, scores, vocabulary);
  if (!std::isfinite(result.total.nll_sum)) return model::fail_not_finite();
  add_intervals(result);
  return result;
}

}  // namespace pno::eval
