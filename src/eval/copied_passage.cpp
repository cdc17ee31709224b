#include "eval/copied_passage.h"

#include <algorithm>
#include <bitset>
#include <cmath>

namespace pno::eval {
namespace {

constexpr double kSlack_ms = 40, kSlackShare = 0.3;
constexpr double kSlowest = 0.5, kFastest = 2;  // the time of the music by that of the source
constexpr double kTempoFrom_ms = 500;           // a shorter time says too little of the tempo
constexpr std::size_t kSeedNotes = 3;
// A triple at more places than this is in all music (scales, octaves); a passage has others, too.
constexpr std::size_t kCommonPlaces = 50'000;

// A run of notes that match: `notes` of the music from `first` on, of the source from `place` on.
struct Run {
  std::size_t first = 0, place = 0, notes = 0;
};

class Matcher {
 public:
  Matcher(const OnsetColumns& music, const TripleIndex& training)
      : music_(music), source_(training.onsets()), training_(training) {}

  // Whether the note before or after the triple matches, too. Most triples are short of this, and
  // it is found sooner than the piece of a place.
  bool may_extend(std::size_t first, std::size_t place) const {
    const std::size_t next = first + kSeedNotes, next_place = place + kSeedNotes;
    return (next < music_.size() && next_place < source_.size() &&
            is_same_interval(next - 1, next_place - 1)) ||
           (first > 0 && place > 0 && is_same_interval(first - 1, place - 1));
  }

  // The longest run through the triple that begins at `first` and at `place`; empty if the times of
  // the triple do not match.
  Run run_through(std::size_t first, std::size_t place) const {
    const auto piece = training_.piece_at(place);
    const auto begin = training_.begin_of(piece), end = training_.end_of(piece);
    Run run{first, place, kSeedNotes};
    if (!follows_tempo(run)) return {};
    while (run.first + run.notes < music_.size() && run.place + run.notes < end &&
           matches(run, run.first + run.notes - 1, run.place + run.notes - 1)) {
      ++run.notes;
    }
    while (run.first > 0 && run.place > begin && matches(run, run.first - 1, run.place - 1)) {
      --run.first;
      --run.place;
      ++run.notes;
    }
    return run;
  }

  // The time of the music by that of the source.
  double stretch(const Run& run) const {
    const auto own = static_cast<double>(own_ms(run));
    const auto other =
        static_cast<double>(source_.ms_between(run.place, run.place + run.notes - 1));
    return own > 0 && other > 0 ? own / other : 1;
  }

  std::int64_t own_ms(const Run& run) const {
    return music_.ms_between(run.first, run.first + run.notes - 1);
  }

  std::size_t pitches(const Run& run) const {
    std::bitset<256> found;
    for (std::size_t i = 0; i < run.notes; ++i) found.set(music_.pitch[run.first + i]);
    return found.count();
  }

 private:
  bool follows_tempo(const Run& run) const {
    for (std::size_t i = 0; i + 1 < run.notes; ++i) {
      if (!is_in_time(run, run.first + i, run.place + i)) return false;
    }
    return true;
  }

  // Whether the step from note `own` to the next is that from `other` to the next.
  bool matches(const Run& run, std::size_t own, std::size_t other) const {
    return is_same_interval(own, other) && is_in_time(run, own, other);
  }

  bool is_same_interval(std::size_t own, std::size_t other) const {
    return music_.pitch[own + 1] - music_.pitch[own] ==
           source_.pitch[other + 1] - source_.pitch[other];
  }

  bool is_in_time(const Run& run, std::size_t own, std::size_t other) const {
    const bool is_long = static_cast<double>(own_ms(run)) >= kTempoFrom_ms;
    const double tempo = stretch(run);
    if (is_long && (tempo < kSlowest || tempo > kFastest)) return false;
    const auto here = static_cast<double>(music_.ms_between(own, own + 1));
    const double there = std::clamp(tempo, kSlowest, kFastest) *
                         static_cast<double>(source_.ms_between(other, other + 1));
    return std::abs(here - there) <= kSlack_ms + kSlackShare * std::max(here, there);
  }

  const OnsetColumns& music_;
  const OnsetColumns& source_;
  const TripleIndex& training_;
};

}  // namespace

CopiedPassage longest_copied_passage(const OnsetColumns& music, const TripleIndex& training) {
  const Matcher matcher(music, training);
  Run best;
  for (std::size_t first = 0; first + kSeedNotes <= music.size(); ++first) {
    const auto keys = near_triple_keys(music, first, 0);
    for (std::size_t i = 0; i < (keys[0] == keys[1] ? 1U : 2U); ++i) {
      const auto places = training.places(keys[i]);
      if (places.size() > kCommonPlaces) continue;
      for (const auto place : places) {
        if (!matcher.may_extend(first, place)) continue;
        const auto run = matcher.run_through(first, place);
        if (run.notes > best.notes && matcher.pitches(run) >= kFewestCopiedPitches) best = run;
      }
    }
  }
  if (best.notes == 0) return {};
  const auto piece = training.piece_at(best.place);
  const auto& source = training.onsets();
  return {.notes = best.notes,
          .from_s = music.ms[best.first] / 1e3,
          .seconds = static_cast<double>(matcher.own_ms(best)) / 1e3,
          .piece = training.number_of(piece),
          .piece_from_s = source.ms[best.place] / 1e3,
          .piece_seconds =
              static_cast<double>(source.ms_between(best.place, best.place + best.notes - 1)) / 1e3,
          .transposition = music.pitch[best.first] - source.pitch[best.place],
          .tempo = 1 / matcher.stretch(best)};
}

}  // namespace pno::eval
