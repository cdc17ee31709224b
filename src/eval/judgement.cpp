#include "eval/judgement.h"

namespace pno::eval {
namespace {

MeasuredSet measured(std::span<const Excerpt> samples) {
  MeasuredSet set;
  for (const auto& sample : samples) {
    set.groups.push_back(set.values.size());
    set.values.push_back(measure(sample));
  }
  return set;
}

MeasuredSet measured(std::span<const RealExcerpt> excerpts) {
  MeasuredSet set;
  for (const auto& each : excerpts) {
    set.groups.push_back(each.work);
    set.values.push_back(measure(each.excerpt));
  }
  return set;
}

std::array<Interval, kFeatures> means_of(const MeasuredSet& set, const CompareOptions& options) {
  std::array<Interval, kFeatures> means;
  for (std::size_t feature = 0; feature < kFeatures; ++feature) {
    if (set.values.front()[feature].size() != 1) continue;
    std::vector<double> values;
    for (const auto& excerpt : set.values) values.push_back(excerpt[feature].front());
    means[feature] = mean_interval(values, set.groups, options.resamples, options.seed);
  }
  return means;
}

}  // namespace

Expected<Judgement> judge(std::span<const Excerpt> samples, const RealSets& real,
                          const CompareOptions& options) {
  if (samples.size() < 2) {
    return fail("{} piece is too little music to judge; name two or more, better 100",
                samples.size());
  }
  const auto reference = measured(real.reference);
  Judgement judgement;
  PNO_TRY(judgement.samples, compare_sets(measured(samples), reference, options));
  PNO_TRY(judgement.real, compare_sets(measured(real.real), reference, options));
  judgement.reference_means = means_of(reference, options);
  return judgement;
}

}  // namespace pno::eval
