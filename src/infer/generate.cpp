#include "infer/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/interrupt.h"
#include "base/stopwatch.h"
#include "infer/guided_session.h"
#include "infer/music/piece_length.h"
#include "model/not_finite.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::Role;
using events::Token;
using events::Vocabulary;

constexpr double kMaxSeconds = 1e7;  // four months of music

// A piece that is being drawn.
class DrawnPiece {
 public:
  DrawnPiece(const GenerateOptions& options, std::uint64_t stream, const Engine& engine)
      : vocabulary_(engine.vocabulary()),
        wishes_(options.wishes ? *options.wishes : Wishes(engine.stored_vocabulary())),
        changes_(options.changes),
        guidance_(options.guidance),
        guided_(guidance_ == 1 ? 0 : static_cast<std::size_t>(vocabulary_.outputs())),
        sampler_(vocabulary_, options.draw, options.seed, stream),
        length_(options.seconds, options.tokens, kMaxTokensPerSecond, vocabulary_),
        ends_by_density_(options.tokens == 0) {
    result_.tokens = options.prime;
    result_.prime_tokens = static_cast<std::int64_t>(options.prime.size());
    for (const Token token : options.prime) {
      sampler_.read(token);
      wishes_.read(token, Role::played);
    }
  }

  // Control tokens that the session reads before the next draw. Returns an error if a wish that
  // changes now is wrong.
  Expected<void> look_for_controls() {
    const double now_s = static_cast<double>(steps_) / vocabulary_.steps_per_second;
    PNO_TRY_VOID(apply_changes(now_s, changes_, wishes_));
    const auto due = wishes_.take_due();
    controls_.assign(due.rbegin(), due.rend());
    return {};
  }
  bool has_controls() const { return !controls_.empty(); }
  Token take_control() {
    const Token token = controls_.back();
    controls_.pop_back();
    return token;
  }
  bool is_guided() const { return guidance_ != 1; }

  // `without` are the logits without controls, if is_guided().
  Expected<void> draw(std::span<const float> logits, std::span<const float> without) {
    if (is_guided()) {
      guide(logits, without, guidance_, guided_);
      logits = guided_;
    }
    const auto token = sampler_.draw(logits);
    if (!token) return model::fail_not_finite();
    sampler_.read(*token);
    wishes_.read(*token, Role::played);
    result_.tokens.push_back(*token);
    length_.add(*token);
    const auto event = vocabulary_.event(*token);
    if (event.kind == Kind::time_shift) steps_ += event.value;
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
    const bool has_eos = length_.tokens() > 0 && last() == vocabulary_.eos();
    result_.ended = has_eos ? Ended::end : is_done_ ? Ended::limit : Ended::interrupted;
    if (!has_eos) sampler_.close(result_.tokens);
    return std::move(result_);
  }

 private:
  const Vocabulary& vocabulary_;
  Wishes wishes_;
  std::vector<WishChange> changes_;
  std::vector<Token> controls_;  // the next one last
  double guidance_;
  std::vector<float> guided_;
  std::int64_t steps_ = 0;  // of new music
  MusicSampler sampler_;
  PieceLength length_;
  bool ends_by_density_, is_done_ = false;
  Generated result_;
};

// The unfinished pieces of one step, and the token that each reads next.
class Step {
 public:
  explicit Step(const Vocabulary& vocabulary)
      : vocabulary_size_(static_cast<std::size_t>(vocabulary.outputs())) {}

  void clear() {
    sessions_.clear();
    tokens_.clear();
  }
  void add(Session& session, Token token) {
    sessions_.push_back(&session);
    tokens_.push_back(token);
  }
  bool is_empty() const { return sessions_.empty(); }

  // Reads all tokens. The sessions then have the logits of the next ones.
  void run() {
    logits_.resize(sessions_.size() * vocabulary_size_);
    step_together(sessions_, tokens_, logits_);
  }

 private:
  std::size_t vocabulary_size_;
  std::vector<Session*> sessions_;
  std::vector<Token> tokens_;
  std::vector<float> logits_;  // [N, V]
};

// The tokens that a session reads before the first draw: the prime, with the controls of the piece,
// but not of what follows it, after its BOS; or BOS.
std::vector<Token> first_tokens(const GenerateOptions& options, const Engine& engine,
                                bool with_controls) {
  const auto& vocabulary = engine.vocabulary();
  auto tokens = options.prime;
  if (tokens.empty()) return {vocabulary.bos()};
  if (!with_controls || !vocabulary.has_roles) return tokens;
  std::vector<Token> controls;
  const auto wishes = options.wishes ? *options.wishes : Wishes(engine.stored_vocabulary());
  for (const Token token : wishes.tokens()) {
    const auto kind = vocabulary.event(token).kind;
    const bool is_of_piece = kind == Kind::composer || kind == Kind::music_kind;
    if (is_of_piece || kind == Kind::key) controls.push_back(token);
  }
  const auto after_bos = tokens.front() == vocabulary.bos() ? 1 : 0;
  tokens.insert(tokens.begin() + after_bos, controls.begin(), controls.end());
  return tokens;
}

// `count` sessions that have read tokens: one reads them, the others are forks.
std::vector<Session> primed_sessions(const std::shared_ptr<const Engine>& engine,
                                     const std::vector<Token>& tokens, std::size_t count) {
  std::vector<Session> sessions;
  if (count == 0) return sessions;
  sessions.emplace_back(engine).prefill(tokens);
  while (sessions.size() < count) sessions.push_back(sessions.front().fork());
  return sessions;
}

}  // namespace

Expected<void> GenerateOptions::validate(const Vocabulary& vocabulary) const {
  PNO_TRY_VOID(draw.validate());
  if (!(seconds >= 0 && seconds <= kMaxSeconds)) {
    return fail_usage("seconds is {}; it must be 0 (no limit) to {:.0f}", seconds, kMaxSeconds);
  }
  if (tokens < 0) return fail_usage("tokens is {}; it must be 0 (no limit) or more", tokens);
  if (seconds == 0 && tokens == 0) {
    return fail_usage("music without an end; give seconds or tokens as a limit");
  }
  if (!(guidance >= 0 && guidance <= kMostGuidance)) {
    return fail_usage("guidance is {}; it must be 0 to {}", guidance, kMostGuidance);
  }
  const auto is_outside = [&](Token token) { return token >= vocabulary.events(); };
  if (std::any_of(prime.begin(), prime.end(), is_outside)) {
    return fail("the prime has events beyond the model's vocabulary, {}",
                events::vocabulary_name(vocabulary));
  }
  return {};
}

std::int64_t Generated::mended_total() const {
  return std::accumulate(mended.begin(), mended.end(), std::int64_t{0});
}

Expected<Generated> generate(const std::shared_ptr<const Engine>& engine,
                             const GenerateOptions& options, const ProgressFunction& progress) {
  PNO_TRY(auto pieces, generate_together(engine, options, /*count=*/1, progress));
  return std::move(pieces.front());
}

Expected<std::vector<Generated>> generate_together(const std::shared_ptr<const Engine>& engine,
                                                   const GenerateOptions& options, int count,
                                                   const ProgressFunction& progress) {
  const Stopwatch watch;
  PNO_TRY_VOID(options.validate(engine->vocabulary()));
  PNO_CHECK(count >= 1, "generate_together() needs a count of at least 1");

  std::vector<DrawnPiece> pieces;
  for (int i = 0; i < count; ++i) {
    pieces.emplace_back(options, options.stream + static_cast<std::uint64_t>(i), *engine);
  }
  auto sessions = primed_sessions(engine, first_tokens(options, *engine, /*with_controls=*/true),
                                  pieces.size());
  // The same music without controls.
  const bool is_guided = pieces.front().is_guided();
  auto without = primed_sessions(engine, first_tokens(options, *engine, /*with_controls=*/false),
                                 is_guided ? pieces.size() : 0);
  for (auto& piece : pieces) PNO_TRY_VOID(piece.look_for_controls());
  Step step(engine->vocabulary());
  double first_token_ms = 0;
  while (true) {
    std::int64_t done = 0, expected = 0;
    step.clear();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      auto& piece = pieces[i];
      if (piece.has_controls()) {
        step.add(sessions[i], piece.take_control());
      } else if (!piece.is_done()) {
        PNO_TRY_VOID(piece.draw(sessions[i].logits(),
                                is_guided ? without[i].logits() : std::span<const float>()));
        if (!piece.is_done()) {
          step.add(sessions[i], piece.last());
          if (is_guided) step.add(without[i], piece.last());
          PNO_TRY_VOID(piece.look_for_controls());
        }
      }
      if (first_token_ms == 0 && piece.length().tokens() > 0)
        first_token_ms = watch.seconds() * 1e3;
      done += piece.length().tokens();
      expected += piece.length().expected_tokens();
    }
    if (progress) progress(done, expected);
    if (step.is_empty() || interrupted()) break;
    step.run();
  }
  std::vector<Generated> generated;
  const double seconds = watch.seconds();
  for (auto& piece : pieces) {
    auto& result = generated.emplace_back(piece.finish());
    result.first_token_ms = first_token_ms;
    result.seconds = seconds;
    result.draw_seconds = seconds - first_token_ms / 1e3;
  }
  return generated;
}

}  // namespace pno::infer
