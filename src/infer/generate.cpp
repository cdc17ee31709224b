#include "infer/generate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/interrupt.h"
#include "infer/music/piece_length.h"

namespace pno::infer {
namespace {

using events::Token;
using events::Vocabulary;
using Clock = std::chrono::steady_clock;

constexpr double kMaxSeconds = 1e7;  // four months of music

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One piece while it is drawn.
class Piece {
 public:
  Piece(const GenerateOptions& options, std::uint64_t stream, const Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        sampler_(vocabulary, options.draw, options.seed, stream),
        length_(options.seconds, options.tokens, kMostTokensPerSecond, vocabulary),
        ends_by_density_(options.tokens == 0) {
    result_.tokens = options.prime;
    result_.prime_tokens = static_cast<std::int64_t>(options.prime.size());
    for (const Token token : options.prime) sampler_.read(token);
  }

  Expected<void> draw(std::span<const float> logits) {
    const auto token = sampler_.draw(logits);
    if (!token) return fail_not_finite();
    sampler_.read(*token);
    result_.tokens.push_back(*token);
    length_.add(*token);
    is_done_ = *token == vocabulary_.eos() || length_.is_enough();
    return {};
  }

  bool is_done() const { return is_done_; }
  Token last() const { return result_.tokens.back(); }
  const PieceLength& length() const { return length_; }

  Generated finish() {
    result_.drawn_tokens = length_.tokens();
    result_.too_dense = ends_by_density_ && length_.is_too_dense();
    for (std::size_t i = 0; i < kFaults; ++i) {
      result_.mended[i] = sampler_.mended(static_cast<Fault>(i));
    }
    length_.trim(result_.tokens);
    if (last() != vocabulary_.eos()) sampler_.close(result_.tokens);
    return std::move(result_);
  }

 private:
  const Vocabulary& vocabulary_;
  MusicSampler sampler_;
  PieceLength length_;
  bool ends_by_density_, is_done_ = false;
  Generated result_;
};

// The pieces that go on, and what each reads next.
class Round {
 public:
  explicit Round(const Vocabulary& vocabulary)
      : vocabulary_size_(static_cast<std::size_t>(vocabulary.size())) {}

  void clear() {
    sessions_.clear();
    tokens_.clear();
  }
  void add(Session& session, Token token) {
    sessions_.push_back(&session);
    tokens_.push_back(token);
  }
  bool is_empty() const { return sessions_.empty(); }

  // Leaves the logits in the sessions.
  void step() {
    logits_.resize(sessions_.size() * vocabulary_size_);
    step_together(sessions_, tokens_, logits_);
  }

 private:
  std::size_t vocabulary_size_;
  std::vector<Session*> sessions_;
  std::vector<Token> tokens_;
  std::vector<float> logits_;  // [N, V]
};

// Sessions that have read the prime: the first reads it, the others are copies.
std::vector<Session> primed_sessions(const std::shared_ptr<const Engine>& engine,
                                     const std::vector<Token>& prime, int count) {
  const Token bos = engine->vocabulary().bos();
  std::vector<Session> sessions;
  sessions.emplace_back(engine);
  sessions.front().prefill(prime.empty() ? std::span(&bos, 1) : std::span<const Token>(prime));
  for (int i = 1; i < count; ++i) sessions.push_back(sessions.front().fork());
  return sessions;
}

}  // namespace

Expected<void> check(const GenerateOptions& options, const Vocabulary& vocabulary) {
  PNO_TRY_VOID(options.draw.validate());
  if (!(options.seconds >= 0 && options.seconds <= kMaxSeconds)) {
    return fail_usage("seconds is {}; it must be 0 (no limit) to {:.0f}", options.seconds,
                      kMaxSeconds);
  }
  if (options.tokens < 0) {
    return fail_usage("tokens is {}; it must be 0 (no limit) or more", options.tokens);
  }
  if (options.seconds == 0 && options.tokens == 0) {
    return fail_usage("music without an end; give seconds or tokens as a limit");
  }
  const auto is_foreign = [&](Token token) { return token >= vocabulary.size(); };
  if (std::any_of(options.prime.begin(), options.prime.end(), is_foreign)) {
    return fail("the prime has events beyond the model's vocabulary, {}",
                events::vocabulary_name(vocabulary));
  }
  return {};
}

tl::unexpected<Error> fail_not_finite() {
  return fail("the model's logits are not finite; its training went astray, train it anew");
}

std::int64_t Generated::mended_total() const {
  return std::accumulate(mended.begin(), mended.end(), std::int64_t{0});
}

Expected<Generated> generate(const std::shared_ptr<const Engine>& engine,
                             const GenerateOptions& options, const ProgressFunction& progress) {
  PNO_TRY(auto pieces, generate_together(engine, options, 1, progress));
  return std::move(pieces.front());
}

Expected<std::vector<Generated>> generate_together(const std::shared_ptr<const Engine>& engine,
                                                   const GenerateOptions& options, int count,
                                                   const ProgressFunction& progress) {
  const auto start = Clock::now();
  PNO_TRY_VOID(check(options, engine->vocabulary()));
  PNO_CHECK(count >= 1, "no piece to generate");

  std::vector<Piece> pieces;
  for (int i = 0; i < count; ++i) {
    pieces.emplace_back(options, options.stream + static_cast<std::uint64_t>(i),
                        engine->vocabulary());
  }
  auto sessions = primed_sessions(engine, options.prime, count);
  Round round(engine->vocabulary());
  double first_token_ms = 0;
  while (true) {
    std::int64_t done = 0, expected = 0;
    round.clear();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      auto& piece = pieces[i];
      if (!piece.is_done()) {
        PNO_TRY_VOID(piece.draw(sessions[i].logits()));
        if (!piece.is_done()) round.add(sessions[i], piece.last());
      }
      if (first_token_ms == 0) first_token_ms = seconds_since(start) * 1e3;
      done += piece.length().tokens();
      expected += piece.length().expected_tokens();
    }
    if (progress) progress(done, expected);
    if (round.is_empty()) break;
    if (interrupted()) {
      return fail_interrupted(
          fmt::format("interrupted after {} of about {} tokens", done, expected));
    }
    round.step();
  }
  std::vector<Generated> generated;
  const double seconds = seconds_since(start);
  for (auto& piece : pieces) {
    auto& result = generated.emplace_back(piece.finish());
    result.first_token_ms = first_token_ms;
    result.seconds = seconds;
    result.draw_seconds = seconds - first_token_ms / 1e3;
  }
  return generated;
}

}  // namespace pno::infer
