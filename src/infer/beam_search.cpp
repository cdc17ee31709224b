#include "infer/beam_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/interrupt.h"
#include "base/stopwatch.h"
#include "infer/music/piece_length.h"
#include "model/not_finite.h"

namespace pno::infer {
namespace {

using events::Token;

constexpr std::size_t kRoot = SIZE_MAX;

// An event of a beginning, linked to the event before it. Beginnings share their common events.
struct Node {
  std::size_t parent = kRoot;
  Token token = 0;
};

// A beginning in the beam.
struct Hypothesis {
  MusicSampler sampler;
  PieceLength length;
  std::size_t session = 0;
  std::size_t node = kRoot;
  double log_probability = 0;
  bool is_done = false;
};

// A hypothesis extended by one event, or a complete hypothesis as it is.
struct Candidate {
  std::size_t hypothesis = 0;
  Token token = 0;
  double log_probability = 0;
};

class Beam {
 public:
  Beam(std::shared_ptr<const Engine> engine, const GenerateOptions& options, int width)
      : engine_(std::move(engine)), width_(static_cast<std::size_t>(width)) {
    const auto& vocabulary = engine_->vocabulary();
    const Token bos = vocabulary.bos();
    sessions_.emplace_back(engine_);
    sessions_.front().prefill(options.prime.empty() ? std::span(&bos, 1)
                                                    : std::span<const Token>(options.prime));
    for (std::size_t i = 1; i < width_; ++i) sessions_.push_back(sessions_.front().fork());
    beam_.push_back({MusicSampler(vocabulary, options.draw, options.seed),
                     PieceLength(options.seconds, options.tokens, kMaxTokensPerSecond, vocabulary),
                     0, kRoot, 0, false});
    for (const Token token : options.prime) beam_.front().sampler.read(token);
  }

  // Extends all hypotheses by one event. Returns an error if logits are not finite.
  Expected<void> extend() {
    candidates_.clear();
    for (std::size_t i = 0; i < beam_.size(); ++i) PNO_TRY_VOID(add_candidates(i));
    keep_best(candidates_, /*first=*/0);
    std::vector<Hypothesis> extended;
    for (const auto& candidate : candidates_) extended.push_back(extended_by(candidate));
    assign_sessions(extended);
    beam_ = std::move(extended);
    read_last();
    return {};
  }

  // The most likely one.
  const Hypothesis& best() const { return beam_.front(); }

  std::vector<Token> tokens_of(const Hypothesis& hypothesis) const {
    std::vector<Token> tokens;
    for (auto node = hypothesis.node; node != kRoot; node = nodes_[node].parent) {
      tokens.push_back(nodes_[node].token);
    }
    std::reverse(tokens.begin(), tokens.end());
    return tokens;
  }

 private:
  // Keeps the `width` most likely of the candidates from `first` on, sorted.
  void keep_best(std::vector<Candidate>& candidates, std::size_t first) const {
    const auto begin = candidates.begin() + static_cast<std::ptrdiff_t>(first);
    const auto kept = std::min(width_, candidates.size() - first);
    const auto is_likelier = [](const Candidate& a, const Candidate& b) {
      if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
      return std::pair(a.hypothesis, a.token) < std::pair(b.hypothesis, b.token);
    };
    std::partial_sort(begin, begin + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                      is_likelier);
    candidates.resize(first + kept);
  }

  Expected<void> add_candidates(std::size_t index) {
    auto& hypothesis = beam_[index];
    if (hypothesis.is_done) {
      candidates_.push_back({index, 0, hypothesis.log_probability});
      return {};
    }
    const auto logits =
        hypothesis.sampler.constrained_logits(sessions_[hypothesis.session].logits());
    const double max = *std::max_element(logits.begin(), logits.end());
    if (!std::isfinite(max)) return model::fail_not_finite();
    double sum = 0;
    for (const float logit : logits) {
      if (logit > -HUGE_VALF) sum += std::exp(logit - max);
    }
    const double base = hypothesis.log_probability - max - std::log(sum);
    const std::size_t first = candidates_.size();
    for (std::size_t token = 0; token < logits.size(); ++token) {
      if (!(logits[token] > -HUGE_VALF)) continue;
      candidates_.push_back({index, static_cast<Token>(token), base + logits[token]});
    }
    keep_best(candidates_, first);
    return {};
  }

  Hypothesis extended_by(const Candidate& candidate) {
    Hypothesis next = beam_[candidate.hypothesis];
    if (next.is_done) return next;
    next.sampler.read(candidate.token);
    next.length.add(candidate.token);
    next.log_probability = candidate.log_probability;
    next.is_done = candidate.token == engine_->vocabulary().eos() || next.length.is_enough();
    nodes_.push_back({next.node, candidate.token});
    next.node = nodes_.size() - 1;
    return next;
  }

  // The first extension of a hypothesis keeps its session; the others get copies of it, in unused
  // sessions.
  void assign_sessions(std::vector<Hypothesis>& extended) {
    std::vector<bool> taken(sessions_.size(), false);
    std::vector<Hypothesis*> without;
    for (auto& hypothesis : extended) {
      if (hypothesis.is_done) continue;
      if (taken[hypothesis.session]) without.push_back(&hypothesis);
      taken[hypothesis.session] = true;
    }
    for (auto* hypothesis : without) {
      const auto free =
          static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
      sessions_[free].copy_from(sessions_[hypothesis->session]);
      taken[free] = true;
      hypothesis->session = free;
    }
  }

  void read_last() {
    std::vector<Session*> sessions;
    std::vector<Token> tokens;
    for (const auto& hypothesis : beam_) {
      if (hypothesis.is_done) continue;
      sessions.push_back(&sessions_[hypothesis.session]);
      tokens.push_back(nodes_[hypothesis.node].token);
    }
    logits_.resize(sessions.size() * static_cast<std::size_t>(engine_->vocabulary().outputs()));
    if (!sessions.empty()) step_together(sessions, tokens, logits_);
  }

  std::shared_ptr<const Engine> engine_;
  std::size_t width_;
  std::vector<Session> sessions_;  // `width` of them
  std::vector<Hypothesis> beam_;   // the most likely first
  std::vector<Node> nodes_;
  std::vector<Candidate> candidates_;
  std::vector<float> logits_;
};

}  // namespace

Expected<BeamResult> beam_search(const std::shared_ptr<const Engine>& engine,
                                 const GenerateOptions& options, int width,
                                 const ProgressFunction& progress) {
  const Stopwatch watch;
  const auto& vocabulary = engine->vocabulary();
  PNO_TRY_VOID(options.validate(vocabulary));
  PNO_CHECK(width >= 1 && width <= kMaxBeamWidth, "the width of a beam is out of range");
  Beam beam(engine, options, width);
  BeamResult result;
  auto& generated = result.generated;
  while (!beam.best().is_done) {
    PNO_TRY_VOID(beam.extend());
    const auto& length = beam.best().length;
    if (generated.first_token_ms == 0) generated.first_token_ms = watch.seconds() * 1e3;
    if (progress) progress(length.tokens(), length.expected_tokens());
    if (interrupted()) break;
  }
  Hypothesis best = beam.best();
  result.log_probability = best.log_probability;
  generated.tokens = options.prime;
  generated.prime_tokens = static_cast<std::int64_t>(options.prime.size());
  for (const Token token : beam.tokens_of(best)) generated.tokens.push_back(token);
  generated.drawn_tokens = best.length.tokens();
  generated.too_dense = options.tokens == 0 && best.length.is_too_dense();
  best.length.trim(generated.tokens);
  const bool has_eos = best.length.tokens() > 0 && generated.tokens.back() == vocabulary.eos();
  generated.ended = has_eos ? Ended::end : best.is_done ? Ended::limit : Ended::interrupted;
  if (!has_eos) best.sampler.close(generated.tokens);
  for (std::size_t i = 0; i < kFaults; ++i) {
    generated.mended[i] = best.sampler.mended(static_cast<Fault>(i));
  }
  generated.seconds = watch.seconds();
  generated.draw_seconds = generated.seconds - generated.first_token_ms / 1e3;
  return result;
}

}  // namespace pno::infer
