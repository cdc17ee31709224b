#include "infer/music/sampler.h"

#include <algorithm>
#include <cmath>

namespace pno::infer {

Expected<void> SamplerOptions::validate() const {
  if (!std::isfinite(temperature) || temperature < 0) {
    return fail_usage("temperature is {}; it must be 0 or more", temperature);
  }
  if (top_k < 0) return fail_usage("top_k is {}; it must be 0 (all events) or more", top_k);
  if (!(top_p > 0 && top_p <= 1)) {
    return fail_usage("top_p is {}; it must be more than 0 and at most 1", top_p);
  }
  if (!(min_p >= 0 && min_p <= 1)) return fail_usage("min_p is {}; it must be 0 to 1", min_p);
  return {};
}

Sampler::Sampler(const SamplerOptions& options, int vocabulary_size, std::uint64_t seed,
                 std::uint64_t stream)
    : options_(options), random_(seed, stream) {
  PNO_CHECK(options.validate().has_value(), "sampler options out of range");
  choices_.reserve(static_cast<std::size_t>(vocabulary_size));
}

void Sampler::use(const SamplerOptions& options) {
  PNO_CHECK(options.validate().has_value(), "sampler options out of range");
  options_ = options;
}

events::Token Sampler::draw(std::span<const float> logits) {
  PNO_CHECK(logits.size() <= choices_.capacity(), "more logits than the vocabulary has events");
  choices_.clear();
  for (std::size_t token = 0; token < logits.size(); ++token) {
    if (logits[token] > -INFINITY) {
      choices_.push_back({logits[token], static_cast<events::Token>(token), 0});
    }
  }
  const auto is_likelier = [](const Choice& a, const Choice& b) {
    return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
  };
  const auto most_likely = std::min_element(choices_.begin(), choices_.end(), is_likelier);
  PNO_CHECK(most_likely != choices_.end() && std::isfinite(most_likely->logit),
            "no event has a finite logit");
  if (options_.temperature == 0) return most_likely->token;
  const double max = most_likely->logit;

  // Only filters by rank need sorting.
  if (options_.top_k > 0 || options_.top_p < 1) {
    const auto size = static_cast<std::ptrdiff_t>(choices_.size());
    const auto kept = options_.top_k > 0 ? std::min<std::ptrdiff_t>(options_.top_k, size) : size;
    std::partial_sort(choices_.begin(), choices_.begin() + kept, choices_.end(), is_likelier);
    choices_.resize(static_cast<std::size_t>(kept));
  }
  double sum = 0;
  for (auto& choice : choices_) {
    choice.weight = std::exp((choice.logit - max) / options_.temperature);
    sum += choice.weight;
  }
  if (options_.top_p < 1) keep_nucleus(sum);
  // The most likely has the weight 1.
  std::erase_if(choices_, [&](const Choice& choice) { return choice.weight < options_.min_p; });
  return draw_by_weight();
}

// Keeps the fewest most likely choices that together reach top_p of the sum.
void Sampler::keep_nucleus(double sum) {
  double reached = 0;
  std::size_t kept = 0;
  while (kept < choices_.size() && reached < options_.top_p * sum)
    reached += choices_[kept++].weight;
  choices_.resize(kept);
}

events::Token Sampler::draw_by_weight() {
  double sum = 0;
  for (const auto& choice : choices_) sum += choice.weight;
  double left = random_.uniform() * sum;
  const Choice* drawn = nullptr;
  for (const auto& choice : choices_) {
    if (choice.weight == 0) continue;
    drawn = &choice;
    left -= choice.weight;
    if (left < 0) break;
  }
  return drawn->token;
}

}  // namespace pno::infer
