#include "train/dropout.h"

#include <cmath>
#include <span>

namespace pno::train {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;

// The mixing function of SplitMix64 (Steele et al., "Fast splittable pseudorandom number
// generators", 2014).
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// Four draws from every 64 bits: 16 bits are fine enough for a rate, and attention draws one for
// each pair of positions (LibTorch's Mersenne twister would take longer than the attention).
constexpr int kDrawsPerWord = 4;
constexpr std::uint32_t kDrawRange = 1 << 16;

template <class T>
void fill_mask(std::span<T> mask, double rate, std::uint64_t seed) {
  const auto threshold = static_cast<std::uint32_t>(std::lround(rate * kDrawRange));
  const T kept = static_cast<T>(kDrawRange) / static_cast<T>(kDrawRange - threshold);
  std::uint64_t counter = seed;
  std::size_t i = 0;
  for (; i + kDrawsPerWord <= mask.size(); i += kDrawsPerWord) {
    const std::uint64_t bits = mix(counter += kGolden);
    for (std::size_t draw = 0; draw < kDrawsPerWord; ++draw) {
      const auto value = static_cast<std::uint32_t>(bits >> (16 * draw)) % kDrawRange;
      mask[i + draw] = value >= threshold ? kept : T{0};
    }
  }
  for (std::uint64_t bits = mix(counter + kGolden); i < mask.size(); ++i, bits >>= 16) {
    mask[i] = bits % kDrawRange >= threshold ? kept : T{0};
  }
}

}  // namespace

Dropout Dropout::at(std::uint64_t place) const {
  return {rate, mix(seed + kGolden * (place + 1))};
}

torch::Tensor Dropout::mask(torch::IntArrayRef shape, const torch::TensorOptions& options) const {
  auto mask = torch::empty(shape, options.requires_grad(false));
  if (!mask.is_cpu()) {
    auto generator = at::globalContext().defaultGenerator(mask.device()).clone();
    generator.set_current_seed(seed);
    return mask.bernoulli_(1 - rate, generator).div_(1 - rate);
  }
  const auto size = static_cast<std::size_t>(mask.numel());
  if (mask.scalar_type() == torch::kDouble) {
    fill_mask(std::span(mask.data_ptr<double>(), size), rate, seed);
  } else {
    fill_mask(std::span(mask.data_ptr<float>(), size), rate, seed);
  }
  return mask;
}

torch::Tensor Dropout::operator()(const torch::Tensor& x) const {
  return rate > 0 ? x * mask(x.sizes(), x.options()) : x;
}

}  // namespace pno::train
