#pragma once

// Draws a token from logits.

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "events/vocabulary.h"

namespace pno::infer {

struct SamplerOptions {
  double temperature = 1.0;  // logits are divided by it; 0: always the most likely
  int top_k = 0;             // only the k most likely; 0: all
  double top_p = 1.0;        // only the most likely that together reach p (nucleus sampling,
                             // Holtzman et al. 2019); 1: all
  double min_p = 0.0;        // only those at least min_p times as likely as the most likely; 0: all

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("temperature", c.temperature, "0 plays the likeliest, 1 as learned, more is wilder");
    visit("top_k", c.top_k, "draw among the k likeliest events; 0: all");
    visit("top_p", c.top_p, "draw among the likeliest that together reach p; 1: all");
    visit("min_p", c.min_p, "draw among those at least this share as likely as the likeliest");
  }

  // Returns an error if an option is out of range.
  Expected<void> validate() const;
};

class Sampler {
 public:
  Sampler(const SamplerOptions& options, int vocabulary_size, std::uint64_t seed,
          std::uint64_t stream = 0);

  // Replaces the options; the random stream continues. Does not allocate.
  void use(const SamplerOptions& options);

  // logits [V]; -infinity and NaN are never drawn, and the greatest logit must be finite. Filters
  // apply in the order temperature, top-k, top-p, min-p; of equal logits the lower id comes first.
  // Does not allocate.
  events::Token draw(std::span<const float> logits);

 private:
  struct Choice {
    float logit;
    events::Token token;
    double weight;  // unnormalised probability; the most likely has 1
  };
  void keep_nucleus(double sum);
  events::Token draw_by_weight();

  SamplerOptions options_;
  RandomStream random_;
  std::vector<Choice> choices_;
};

}  // namespace pno::infer
