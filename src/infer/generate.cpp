#include "infer/generate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "base/interrupt.h"

namespace pno::infer {
namespace {

using events::Token;
using events::Vocabulary;
using Clock = std::chrono::steady_clock;

constexpr double kMaxSeconds = 1e7;  // four months of music
constexpr float kNever = -std::numeric_limits<float>::infinity();

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Expected<void> check(const GenerateOptions& options, const Vocabulary& vocabulary) {
  PNO_TRY_VOID(options.sampler.validate());
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

// How much has been drawn, and whether it is enough.
class Length {
 public:
  Length(const GenerateOptions& options, const Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        most_steps_(options.seconds > 0 ? options.seconds * vocabulary.steps_per_second
                                        : std::numeric_limits<double>::infinity()),
        most_tokens_(options.tokens > 0 ? options.tokens
                                        : static_cast<std::int64_t>(std::ceil(options.seconds)) *
                                              kMostTokensPerSecond) {}

  void add(Token token) {
    const auto event = vocabulary_.event(token);
    if (event.kind == events::Kind::time_shift) steps_ += event.value;
    ++tokens_;
  }
  bool is_enough() const { return tokens_ >= most_tokens_ || steps_ >= most_steps_; }
  bool is_too_dense() const { return tokens_ >= most_tokens_ && steps_ < most_steps_; }
  std::int64_t tokens() const { return tokens_; }

  // Tokens there will be if the music goes on as densely as it began.
  std::int64_t expected_tokens() const {
    if (steps_ == 0 || std::isinf(most_steps_)) return most_tokens_;
    const double by_time = static_cast<double>(tokens_) * most_steps_ / steps_;
    return std::min(most_tokens_, std::max(tokens_, static_cast<std::int64_t>(by_time)));
  }

 private:
  const Vocabulary& vocabulary_;
  double most_steps_;
  std::int64_t most_tokens_;
  double steps_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace

Expected<Generated> generate(std::shared_ptr<const Engine> engine, const GenerateOptions& options,
                             const ProgressFunction& progress) {
  const auto start = Clock::now();
  const Vocabulary& vocabulary = engine->vocabulary();
  PNO_TRY_VOID(check(options, vocabulary));

  Generated result;
  result.tokens = options.prime;
  result.prime_tokens = static_cast<std::int64_t>(options.prime.size());
  Session session(std::move(engine));
  Sampler sampler(options.sampler, vocabulary.size(), options.seed, options.stream);
  const Token bos = vocabulary.bos();
  auto logits = session.prefill(options.prime.empty() ? std::span(&bos, 1)
                                                      : std::span<const Token>(options.prime));
  std::vector<float> allowed(logits.size());
  Length length(options, vocabulary);
  while (true) {
    if (interrupted()) {
      return fail_interrupted(fmt::format("interrupted after {} of about {} tokens",
                                          length.tokens(), length.expected_tokens()));
    }
    std::copy(logits.begin(), logits.end(), allowed.begin());
    allowed[bos] = kNever;
    if (!options.until_end) allowed[vocabulary.eos()] = kNever;
    if (!std::isfinite(*std::max_element(allowed.begin(), allowed.end()))) {
      return fail("the model's logits are not finite; its training went astray, train it anew");
    }
    const Token token = sampler.draw(allowed);
    result.tokens.push_back(token);
    length.add(token);
    if (length.tokens() == 1) result.first_token_ms = seconds_since(start) * 1e3;
    if (progress) progress(length.tokens(), length.expected_tokens());
    if (token == vocabulary.eos() || length.is_enough()) break;
    logits = session.step(token);
  }
  result.too_dense = options.tokens == 0 && length.is_too_dense();
  result.seconds = seconds_since(start);
  result.draw_seconds = result.seconds - result.first_token_ms / 1e3;
  return result;
}

}  // namespace pno::infer
