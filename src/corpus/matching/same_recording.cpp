#include "corpus/matching/same_recording.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace pno::corpus {
namespace {

struct TimedGram {
  Gram gram = 0;
  std::int64_t start_us = 0;  // of its first onset
};

struct OnsetPair {
  std::int64_t a_us = 0, b_us = 0;
};

std::vector<TimedGram> timed_grams(const PieceOnsets& piece) {
  std::vector<Onset> onsets;
  order_onsets(piece, onsets);
  std::vector<TimedGram> grams;
  for (std::size_t i = 0; i + kGramPitches <= onsets.size(); ++i) {
    std::array<std::uint8_t, kGramPitches> pitches{};
    for (std::size_t k = 0; k < pitches.size(); ++k) pitches[k] = onsets[i + k].pitch;
    grams.push_back({gram_of(pitches), onsets[i].start_us});
  }
  std::sort(grams.begin(), grams.end(), [](const TimedGram& x, const TimedGram& y) {
    return std::tie(x.gram, x.start_us) < std::tie(y.gram, y.start_us);
  });
  return grams;
}

// The grams at the beginning of a sorted list that are equal to its first.
std::size_t first_run(std::span<const TimedGram> grams) {
  std::size_t count = 1;
  while (count < grams.size() && grams[count].gram == grams[0].gram) ++count;
  return count;
}

std::vector<OnsetPair> pair_onsets(std::span<const TimedGram> a, std::span<const TimedGram> b) {
  std::vector<OnsetPair> pairs;
  while (!a.empty() && !b.empty()) {
    const std::size_t run_a = first_run(a), run_b = first_run(b);
    const Gram gram_a = a[0].gram, gram_b = b[0].gram;
    if (gram_a == gram_b && run_a == run_b) {
      for (std::size_t i = 0; i < run_a; ++i) pairs.push_back({a[i].start_us, b[i].start_us});
    }
    if (gram_a <= gram_b) a = a.subspan(run_a);
    if (gram_b <= gram_a) b = b.subspan(run_b);
  }
  std::sort(pairs.begin(), pairs.end(), [](const OnsetPair& x, const OnsetPair& y) {
    return std::tie(x.a_us, x.b_us) < std::tie(y.a_us, y.b_us);
  });
  return pairs;
}

}  // namespace

double onset_agreement(const PieceOnsets& a, const PieceOnsets& b) {
  const auto pairs = pair_onsets(timed_grams(a), timed_grams(b));
  if (pairs.size() < kLeastOnsetPairs) return 0;
  const std::int64_t length_us = pairs.back().a_us - pairs.front().a_us;
  const std::int64_t span_us = std::max<std::int64_t>(std::min(kRecordingSpanUs, length_us / 2), 1);
  std::size_t compared = 0, agreeing = 0, before = 0;
  for (const auto& pair : pairs) {
    if (pair.a_us - pairs.front().a_us < span_us) continue;
    while (pair.a_us - pairs[before + 1].a_us >= span_us) ++before;
    const auto time_a = static_cast<double>(pair.a_us - pairs[before].a_us);
    const auto time_b = static_cast<double>(pair.b_us - pairs[before].b_us);
    ++compared;
    // The same bound whichever piece comes first.
    const double slack = kRecordingTempo * std::max(time_a, time_b);
    if (std::abs(time_b - time_a) <= slack) ++agreeing;
  }
  if (compared == 0) return 0;
  return static_cast<double>(agreeing) / static_cast<double>(compared);
}

bool is_same_recording(const PieceOnsets& a, const PieceOnsets& b, double share) {
  return share >= kRecordingShare && onset_agreement(a, b) >= kRecordingAgreement;
}

}  // namespace pno::corpus
