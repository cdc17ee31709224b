#include "train/step/step_losses.h"

namespace pno::train {
namespace {

// Calls visit(means) for all of them, in a fixed order.
template <class Losses, class Visit>
void each_means(Losses& losses, const Visit& visit) {
  visit(losses.all);
  for (auto& means : losses.of_task) visit(means);
}

}  // namespace

std::array<double, kLossSums> to_sums(const StepLosses& losses) {
  std::array<double, kLossSums> sums{};
  std::size_t i = 0;
  each_means(losses, [&](const NllMeans& means) {
    sums[i++] = means.plain.sum;
    sums[i++] = means.grammar.sum;
    sums[i++] = static_cast<double>(means.plain.targets);
  });
  return sums;
}

StepLosses from_sums(const std::array<double, kLossSums>& sums) {
  StepLosses losses;
  std::size_t i = 0;
  each_means(losses, [&](NllMeans& means) {
    const auto targets = static_cast<std::int64_t>(sums[i + 2]);
    means = {.plain = {sums[i], targets}, .grammar = {sums[i + 1], targets}};
    i += 3;
  });
  return losses;
}

}  // namespace pno::train
