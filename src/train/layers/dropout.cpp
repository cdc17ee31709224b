#include "train/layers/dropout.h"

#include "train/kernels/dropout_kernels.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;

// The finaliser of SplitMix64 (Steele et al., "Fast splittable pseudorandom number generators",
// 2014).
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// Calls part(first, size) for parts of `count` elements, in parallel.
template <class Part>
void for_each_part(std::int64_t count, const Part& part) {
  constexpr std::int64_t kGrain = 1 << 15;
  at::parallel_for(0, count, kGrain,
                   [&](std::int64_t first, std::int64_t last) { part(first, last - first); });
}

struct Drop : torch::autograd::Function<Drop> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const Dropout& dropout) {
    dropout.save(context->saved_data);
    return dropped(x, dropout);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {dropped(gradients[0].contiguous(), Dropout::saved(context->saved_data)), Tensor()};
  }
  static Tensor dropped(const Tensor& x, const Dropout& dropout) {
    const auto draws = dropout.draws(x.size(-1));
    auto out = torch::empty_like(x);
    for_each_part(x.numel(), [&](std::int64_t first, std::int64_t size) {
      drop(draws, first, x.data_ptr<float>() + first, out.data_ptr<float>() + first, size);
    });
    return out;
  }
};

}  // namespace

Dropout Dropout::at(std::uint64_t place) const {
  return {rate, mix_bits(seed + kGolden * (place + 1)), first_position};
}

DropoutDraws Dropout::draws(std::int64_t columns) const {
  DropoutDraws draws(rate, seed);
  draws.first = first_position * columns;
  return draws;
}

torch::Tensor Dropout::mask(torch::IntArrayRef shape, const torch::TensorOptions& options) const {
  const auto plain = options.requires_grad(false);
  if (!plain.device().is_cpu()) {
    const auto mask = torch::empty(shape, plain);
    auto generator = at::globalContext().defaultGenerator(mask.device()).clone();
    // CUDA's generator cannot start inside a mask, so each first position has its own mask.
    generator.set_current_seed(
        first_position == 0 ? seed : at(static_cast<std::uint64_t>(first_position)).seed);
    return mask.bernoulli_(1 - rate, generator).div_(1 - rate);
  }
  auto draws = this->draws(shape.back());
  const bool is_float = c10::typeMetaToScalarType(plain.dtype()) == torch::kFloat;
  if (!is_float) draws.scale = 1;  // the factor is applied below, in the mask's type
  const auto mask = torch::empty(shape, plain.dtype(torch::kFloat));
  for_each_part(mask.numel(), [&](std::int64_t first, std::int64_t size) {
    fill_mask(draws, first, mask.data_ptr<float>() + first, size);
  });
  return is_float ? mask : mask.to(plain).div_(1 - rate);
}

torch::Tensor Dropout::operator()(const torch::Tensor& x) const {
  if (!(rate > 0)) return x;
  return has_row_kernels(x) ? Drop::apply(x.contiguous(), *this) : x * mask(x.sizes(), x.options());
}

void Dropout::save(SavedData& into) const {
  into["dropout.rate"] = rate;
  into["dropout.seed"] = static_cast<std::int64_t>(seed);
  into["dropout.first_position"] = first_position;
}

Dropout Dropout::saved(const SavedData& from) {
  return {from.at("dropout.rate").toDouble(),
          static_cast<std::uint64_t>(from.at("dropout.seed").toInt()),
          from.at("dropout.first_position").toInt()};
}

}  // namespace pno::train
