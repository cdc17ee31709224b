#include "eval/bradley_terry.h"

#include <algorithm>
#include <cmath>

namespace pno::eval {
namespace {

constexpr std::uint64_t kStream = 0x6274;
constexpr int kMostIterations = 10'000;
constexpr double kEnough = 1e-9;  // relative change of the strengths
constexpr double kPrior = 1;      // comparisons with a system of strength 1, all ties

// Wins and comparisons by system, (system, system).
struct Counts {
  std::size_t systems;
  std::vector<double> wins, pairs;

  explicit Counts(std::size_t count) : systems(count), wins(count), pairs(count * count) {}
  void add(const Preference& preference) {
    wins[preference.a] += preference.share_a;
    wins[preference.b] += 1 - preference.share_a;
    pairs[preference.a * systems + preference.b] += 1;
    pairs[preference.b * systems + preference.a] += 1;
  }
};

std::vector<double> log_strengths(const Counts& counts) {
  std::vector<double> strength(counts.systems, 1);
  for (int iteration = 0; iteration < kMostIterations; ++iteration) {
    double change = 0;
    auto next = strength;
    for (std::size_t i = 0; i < counts.systems; ++i) {
      double sum = kPrior / (strength[i] + 1);
      for (std::size_t j = 0; j < counts.systems; ++j) {
        const double pairs = counts.pairs[i * counts.systems + j];
        if (pairs > 0) sum += pairs / (strength[i] + strength[j]);
      }
      next[i] = (counts.wins[i] + kPrior / 2) / sum;
      change = std::max(change, std::abs(next[i] / strength[i] - 1));
    }
    strength = std::move(next);
    if (change < kEnough) break;
  }
  double mean = 0;
  for (auto& each : strength) {
    each = std::log(each);
    mean += each / static_cast<double>(counts.systems);
  }
  for (auto& each : strength) each -= mean;
  return strength;
}

}  // namespace

std::vector<SystemStrength> fit_bradley_terry(std::size_t systems,
                                              std::span<const Preference> preferences,
                                              const BradleyTerryOptions& options) {
  Counts all(systems);
  std::vector<SystemStrength> result(systems);
  std::vector<std::vector<Preference>> by_listener;
  for (const auto& preference : preferences) {
    all.add(preference);
    ++result[preference.a].comparisons;
    ++result[preference.b].comparisons;
    by_listener.resize(std::max(by_listener.size(), preference.listener + 1));
    by_listener[preference.listener].push_back(preference);
  }

  std::vector<std::vector<double>> resampled(systems);
  RandomStream random(options.seed, kStream);
  for (int i = 0; i < options.resamples && !by_listener.empty(); ++i) {
    Counts counts(systems);
    for (std::size_t listener = 0; listener < by_listener.size(); ++listener) {
      const auto& answers = by_listener[random.below(by_listener.size())];
      for (std::size_t answer = 0; answer < answers.size(); ++answer) {
        counts.add(answers[random.below(answers.size())]);
      }
    }
    const auto strengths = log_strengths(counts);
    for (std::size_t j = 0; j < systems; ++j) resampled[j].push_back(strengths[j]);
  }
  const auto strengths = log_strengths(all);
  for (std::size_t i = 0; i < systems; ++i) {
    result[i].preferred = all.wins[i];
    result[i].log_strength = interval_of(strengths[i], std::move(resampled[i]));
  }
  return result;
}

}  // namespace pno::eval
