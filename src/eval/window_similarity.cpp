// The similarity of windows to the training set. The places of the triples of a window vote for
// where in the training set the window would begin. The strips with most votes are then compared
// with the window, triple by triple.

#include <algorithm>
#include <bitset>

#include "eval/originality.h"

namespace pno::eval {
namespace {

constexpr std::size_t kStripNotes = 8;  // beginnings that vote together
constexpr std::size_t kStrips = 12;     // that are compared
constexpr std::size_t kShapes = kTripleShapes.size();
// A triple at more places than this does not vote: it is in all music.
constexpr std::size_t kCommonPlaces = 50'000;
constexpr int kTranspositions = 256;  // -128..127

class WindowSearch {
 public:
  WindowSearch(const OnsetColumns& music, const TripleIndex& training)
      : music_(music),
        training_(training),
        votes_((training.onsets().size() + kWindowNotes) / kStripNotes + 3) {}

  double similarity(std::size_t first, std::size_t end) {
    find_triples(first, end);
    if (triples_.empty()) return 0;
    vote();
    std::size_t most = 0;
    for (const auto strip : best_strips()) most = std::max(most, matching(strip));
    return static_cast<double>(most) / static_cast<double>(triples_.size());
  }

 private:
  struct Triple {
    std::size_t at = 0;  // from the beginning of the window
    std::size_t shape = 0;
    std::array<TripleKey, 2> keys{};
    std::uint8_t pitch = 0;  // of its first note
  };

  void find_triples(std::size_t first, std::size_t end) {
    triples_.clear();
    for (std::size_t at = first; at < end; ++at) {
      for (std::size_t shape = 0; shape < kShapes; ++shape) {
        if (at + kTripleShapes[shape].third >= end) continue;
        triples_.push_back({.at = at - first,
                            .shape = shape,
                            .keys = near_triple_keys(music_, at, shape),
                            .pitch = music_.pitch[at]});
      }
    }
  }

  // A strip: the beginnings kStripNotes * strip - kWindowNotes and the kStripNotes - 1 after it.
  void vote() {
    std::ranges::fill(votes_, std::uint16_t{0});
    for (const auto& triple : triples_) {
      for (std::size_t i = 0; i < (triple.keys[0] == triple.keys[1] ? 1U : 2U); ++i) {
        const auto places = training_.places(triple.keys[i]);
        if (places.size() > kCommonPlaces) continue;
        for (const auto place : places) {
          ++votes_[(place + kWindowNotes - triple.at) / kStripNotes];
        }
      }
    }
  }

  // Of the strip and the next, so that a passage at the edge of a strip has all its votes.
  int votes_of(std::size_t strip) const { return votes_[strip] + votes_[strip + 1]; }

  // In the order of their votes, of equal ones the first in the training set.
  std::vector<std::size_t> best_strips() const {
    int most = 0;
    for (std::size_t strip = 0; strip + 1 < votes_.size(); ++strip) {
      most = std::max(most, votes_of(strip));
    }
    std::vector<std::size_t> strips;
    const int enough = std::max(most - most / 3, 1);
    for (std::size_t strip = 0; strip + 1 < votes_.size(); ++strip) {
      if (votes_of(strip) >= enough) strips.push_back(strip);
    }
    std::ranges::stable_sort(strips, std::greater{}, [&](auto strip) { return votes_of(strip); });
    if (strips.size() > kStrips) strips.resize(kStrips);
    return strips;
  }

  // The triples of the window that a beginning in the strip or the next has, at the transposition
  // at which most have one.
  std::size_t matching(std::size_t strip) const {
    const auto& source = training_.onsets();
    std::array<std::size_t, kTranspositions> counts{};
    for (const auto& triple : triples_) {
      std::bitset<kTranspositions> found;
      for (std::size_t offset = 0; offset < 2 * kStripNotes; ++offset) {
        const std::size_t place = strip * kStripNotes + offset + triple.at;
        if (place < kWindowNotes) continue;
        const std::size_t at = place - kWindowNotes;
        if (at + kTripleReach >= source.size()) break;
        const auto key = triple_key(source, at, triple.shape);
        if (key != triple.keys[0] && key != triple.keys[1]) continue;
        found.set(static_cast<std::size_t>(triple.pitch - source.pitch[at] + kTranspositions / 2));
      }
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += found[i] ? 1U : 0U;
    }
    return *std::ranges::max_element(counts);
  }

  const OnsetColumns& music_;
  const TripleIndex& training_;
  std::vector<Triple> triples_;
  std::vector<std::uint16_t> votes_;  // by strip
};

}  // namespace

std::vector<double> window_similarities(const OnsetColumns& music, const TripleIndex& training) {
  std::vector<double> similarities;
  if (music.size() <= kTripleReach) return similarities;
  WindowSearch search(music, training);
  std::size_t first = 0;
  do {
    similarities.push_back(search.similarity(first, std::min(first + kWindowNotes, music.size())));
    first += kWindowHop;
  } while (first + kWindowNotes <= music.size());
  return similarities;
}

}  // namespace pno::eval
