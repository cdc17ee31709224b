#include "eval/set_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/interrupt.h"
#include "eval/kernel_density.h"

namespace pno::eval {
namespace {

constexpr std::uint64_t kSetStream = 0x736574, kRealStream = 0x7265616c;

constexpr double kMostDivergence = std::numeric_limits<double>::max();

using Members = std::vector<std::size_t>;

// Euclidean distances of one feature, (rows, columns).
class DistanceTable {
 public:
  DistanceTable(const MeasuredSet& a, const MeasuredSet& b, std::size_t feature)
      : columns_(b.values.size()) {
    for (const auto& x : a.values) {
      for (const auto& y : b.values) {
        double squares = 0;
        for (std::size_t i = 0; i < x[feature].size(); ++i) {
          const double difference = x[feature][i] - y[feature][i];
          squares += difference * difference;
        }
        values_.push_back(static_cast<float>(std::sqrt(squares)));
      }
    }
  }
  float at(std::size_t row, std::size_t column) const { return values_[row * columns_ + column]; }

 private:
  std::size_t columns_;
  std::vector<float> values_;
};

struct FeatureTables {
  DistanceTable within_set, within_real, between;
};

// The pairs of different excerpts: one that was drawn twice makes no pair with itself.
void distances_within(const DistanceTable& table, const Members& members,
                      std::vector<float>& into) {
  into.clear();
  for (std::size_t i = 1; i < members.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (members[i] != members[j]) into.push_back(table.at(members[i], members[j]));
    }
  }
}

void distances_between(const DistanceTable& table, const Members& a, const Members& b,
                       std::vector<float>& into) {
  into.clear();
  for (const auto row : a) {
    for (const auto column : b) into.push_back(table.at(row, column));
  }
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double ratio(double a, double b) {
  if (b > 0) return std::min(a / b, kGreatestDiversity);
  return a > 0 ? kGreatestDiversity : 1;
}

// The figures of one feature, of the sets or of a resample.
struct Figures {
  double overlap = 0, divergence = 0, diversity = 0, mean = 0;
};

class Comparer {
 public:
  Comparer(const MeasuredSet& set, const MeasuredSet& real) : set_(set) {
    for (std::size_t feature = 0; feature < kFeatures; ++feature) {
      tables_.push_back({DistanceTable(set, set, feature), DistanceTable(real, real, feature),
                         DistanceTable(set, real, feature)});
    }
  }

  std::array<Figures, kFeatures> figures(const Members& set, const Members& real) {
    std::array<Figures, kFeatures> result;
    for (std::size_t feature = 0; feature < kFeatures; ++feature) {
      const auto& tables = tables_[feature];
      distances_within(tables.within_set, set, own_);
      distances_within(tables.within_real, real, intra_);
      distances_between(tables.between, set, real, inter_);
      auto& figures = result[feature];
      figures.diversity = ratio(mean_of(own_), mean_of(intra_));
      figures.mean = mean(feature, set);
      if (intra_.empty()) continue;  // all members of the resample are one excerpt
      const auto compared = compare_densities(intra_, inter_);
      figures.overlap = compared.overlap;
      figures.divergence = compared.divergence;
    }
    return result;
  }

 private:
  double mean(std::size_t feature, const Members& members) const {
    if (set_.values.front()[feature].size() != 1) return 0;
    double sum = 0;
    for (const auto member : members) sum += set_.values[member][feature].front();
    return sum / static_cast<double>(members.size());
  }

  const MeasuredSet& set_;
  std::vector<FeatureTables> tables_;
  std::vector<float> own_, intra_, inter_;
};

Members all_of(const MeasuredSet& set) {
  Members members(set.values.size());
  for (std::size_t i = 0; i < members.size(); ++i) members[i] = i;
  return members;
}

double mean_over_features(const std::array<Figures, kFeatures>& all, double Figures::*field) {
  double sum = 0;
  for (const auto& figures : all) sum += figures.*field;
  return sum / static_cast<double>(kFeatures);
}

}  // namespace

Expected<SetComparison> compare_sets(const MeasuredSet& set, const MeasuredSet& real,
                                     const CompareOptions& options) {
  Comparer comparer(set, real);
  const auto whole = comparer.figures(all_of(set), all_of(real));
  std::vector<std::array<Figures, kFeatures>> resamples;
  RandomStream set_random(options.seed, kSetStream), real_random(options.seed, kRealStream);
  for (int i = 0; i < options.resamples; ++i) {
    if (interrupted()) return fail_interrupted("interrupted while comparing the sets");
    const auto set_members = resample_groups(set.groups, set_random);
    const auto real_members = resample_groups(real.groups, real_random);
    resamples.push_back(comparer.figures(set_members, real_members));
  }

  const auto values_of = [&](std::size_t feature, double Figures::*field) {
    std::vector<double> values;
    for (const auto& resample : resamples) values.push_back(resample[feature].*field);
    return values;
  };
  const auto means_of = [&](double Figures::*field) {
    std::vector<double> values;
    for (const auto& resample : resamples) values.push_back(mean_over_features(resample, field));
    return values;
  };
  SetComparison result;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const auto& figures = whole[i];
    result.features[i] = {
        .overlap = centred_interval_of(figures.overlap, values_of(i, &Figures::overlap), 0, 1),
        .divergence = centred_interval_of(figures.divergence, values_of(i, &Figures::divergence), 0,
                                          kMostDivergence),
        .diversity = interval_of(figures.diversity, values_of(i, &Figures::diversity)),
        .mean = interval_of(figures.mean, values_of(i, &Figures::mean))};
  }
  result.overlap = centred_interval_of(mean_over_features(whole, &Figures::overlap),
                                       means_of(&Figures::overlap), 0, 1);
  result.divergence = centred_interval_of(mean_over_features(whole, &Figures::divergence),
                                          means_of(&Figures::divergence), 0, kMostDivergence);
  return result;
}

}  // namespace pno::eval
