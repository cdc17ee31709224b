#include "eval/likelihood.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "base/interrupt.h"
#include "corpus/windows.h"
#include "model/not_finite.h"

namespace pno::eval {
namespace {

// Of one window.
struct WindowScore {
  std::array<Score, events::kKinds> by_kind;
};

void add(const Score& score, Score& into) {
  into.tokens += score.tokens;
  into.nll_sum += score.nll_sum;
  into.hits += score.hits;
}

// -log softmax(logits)[target] = log(sum of exp(logits - logit of the target))
double negative_log_likelihood(std::span<const float> logits, events::Token target) {
  const double greatest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - greatest);
  return greatest + std::log(sum) - logits[target];
}

WindowScore score_window(infer::Session& session, const events::Vocabulary& vocabulary,
                         std::span<const events::Token> tokens) {
  session.reset();
  const auto inputs = tokens.first(tokens.size() - 1), targets = tokens.subspan(1);
  const auto logits = session.logits_of(inputs);
  const auto V = static_cast<std::size_t>(vocabulary.size());
  WindowScore result;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto row = std::span(logits).subspan(t * V, V);
    const auto kind = static_cast<std::size_t>(vocabulary.event(targets[t]).kind);
    Score& score = result.by_kind.at(kind);
    ++score.tokens;
    score.nll_sum += negative_log_likelihood(row, targets[t]);
    if (std::max_element(row.begin(), row.end()) - row.begin() == targets[t]) ++score.hits;
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
    for (const auto& window : windows) {
      tokens_ += static_cast<std::int64_t>(window.tokens.size()) - 1;
    }
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
      const std::span<const events::Token> tokens = windows_[i].tokens;
      scores_[i] = score_window(session, engine_->vocabulary(), tokens);
      done_ += static_cast<std::int64_t>(tokens.size()) - 1;
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

}  // namespace

Expected<Likelihood> likelihood(const std::shared_ptr<const infer::Engine>& engine,
                                const corpus::Dataset& dataset, const LikelihoodOptions& options,
                                const ProgressFunction& progress) {
  const auto [split, context, max_windows, threads] = options;
  if (context < 0) return fail_usage("context is {}; it must be 0 (the model's) or more", context);
  if (threads < 0) {
    return fail_usage("threads is {}; it must be 0 (as the model's) or more", threads);
  }
  const int window_tokens = context > 0 ? context : engine->config().context;
  const auto windows =
      corpus::validation_windows(dataset, split, engine->vocabulary(), window_tokens, max_windows);
  if (windows.empty()) {
    return fail("the dataset has no pieces in its {} split; it has {}", enum_name(split),
                split_sizes(dataset));
  }
  const int wanted = threads > 0 ? threads : engine->threads();
  const auto scores = Scoring(engine, windows, progress)
                          .run(std::min(static_cast<std::size_t>(wanted), windows.size()));
  if (interrupted()) return fail_interrupted("interrupted before all was evaluated");

  // Summed in the order of the windows, so that the number of threads does not change the result.
  Likelihood result;
  for (const auto& window : scores) {
    for (std::size_t kind = 0; kind < window.by_kind.size(); ++kind) {
      add(window.by_kind[kind], result.by_kind[kind]);
      add(window.by_kind[kind], result.total);
    }
  }
  if (!std::isfinite(result.total.nll_sum)) {
    return model::fail_not_finite();
  }
  return result;
}

}  // namespace pno::eval
