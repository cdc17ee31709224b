#include "events/random_music.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"

namespace pno::events {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed, 0) {}

  // min..max
  int number(int least, int greatest) {
    return least +
           static_cast<int>(random_.below(static_cast<std::uint64_t>(greatest - least) + 1));
  }
  bool chance(double probability) { return random_.uniform() < probability; }
  // 1..max, each power of ten equally likely.
  std::uint32_t size(double greatest) {
    return static_cast<std::uint32_t>(std::pow(greatest, random_.uniform()));
  }

 private:
  RandomStream random_;
};

// Walks the grammar of random_canonical().
class Walk {
 public:
  Walk(std::uint64_t seed, const Vocabulary& vocabulary)
      : dice_(seed), vocabulary_(vocabulary), greatest_bin_(vocabulary.velocity_bin(127)) {}

  void shifts(int steps) {
    for (; steps > vocabulary_.max_shift_steps; steps -= vocabulary_.max_shift_steps) {
      tokens_.push_back(vocabulary_.time_shift(vocabulary_.max_shift_steps));
    }
    if (steps > 0) tokens_.push_back(vocabulary_.time_shift(steps));
  }

  int gap() {
    return dice_.chance(0.1) ? dice_.number(1, 3 * vocabulary_.max_shift_steps)
                             : dice_.number(1, std::min(20, vocabulary_.max_shift_steps));
  }

  void moment() {
    const std::size_t before = tokens_.size();
    offs(0.3);
    const int tries = dice_.number(tokens_.size() == before ? 1 : 0, 4);
    for (int i = 0; i < tries; ++i) pitches_.insert(dice_.number(40, 80));
    pitches_.for_each([&](int pitch) {
      if (sounding_.contains(pitch)) pitches_.erase(pitch);
    });
    if (pitches_.empty() && tokens_.size() == before) pitches_.insert(silent_pitch());
    pitches_.for_each([&](int pitch) { note_on(pitch); });
    pitches_.clear();
  }

  void offs(double probability) {
    sounding_.for_each([&](int pitch) {
      if (!dice_.chance(probability)) return;
      tokens_.push_back(vocabulary_.note_off(pitch));
      sounding_.erase(pitch);
    });
  }

  bool anything_sounds() const { return !sounding_.empty(); }
  std::vector<Token>& tokens() { return tokens_; }

 private:
  int silent_pitch() const {
    int pitch = 127;
    while (sounding_.contains(pitch)) --pitch;
    return pitch;
  }

  void note_on(int pitch) {
    const int bin = dice_.chance(0.3) && bin_ >= 0 ? bin_ : dice_.number(0, greatest_bin_);
    if (bin != bin_) tokens_.push_back(vocabulary_.velocity(bin));
    bin_ = bin;
    tokens_.push_back(vocabulary_.note_on(pitch));
    sounding_.insert(pitch);
  }

  Dice dice_;
  Vocabulary vocabulary_;
  int greatest_bin_, bin_ = -1;
  PitchSet sounding_, pitches_;
  std::vector<Token> tokens_;
};

// Ends each note when its pitch is struck again; of two struck together the first stays.
std::vector<PlainNote> playable(const std::vector<PlainNote>& sorted) {
  std::vector<PlainNote> notes;
  std::array<std::size_t, 128> last{};
  last.fill(SIZE_MAX);
  for (const auto& note : sorted) {
    std::size_t& before = last.at(note.pitch);
    if (before != SIZE_MAX) {
      auto& cut = notes[before];
      if (cut.start_us == note.start_us) continue;
      const std::int64_t gap_us = note.start_us - cut.start_us;
      cut.length_us = static_cast<std::uint32_t>(std::min<std::int64_t>(cut.length_us, gap_us));
    }
    before = notes.size();
    notes.push_back(note);
  }
  return notes;
}

}  // namespace

std::vector<PlainNote> random_notes(std::uint64_t seed, std::size_t count) {
  constexpr double kLongestGapUs = 3e6, kLongestNoteUs = 5e6;
  Dice dice(seed);
  std::vector<PlainNote> notes;
  std::int64_t now_us = dice.number(0, 2'000'000);
  for (std::size_t i = 0; i < count; ++i) {
    if (dice.chance(0.7)) now_us += dice.size(dice.chance(0.05) ? kLongestGapUs : 2e5);
    notes.push_back(
        {now_us, dice.size(kLongestNoteUs),
         static_cast<std::uint8_t>(dice.chance(0.9) ? dice.number(45, 75) : dice.number(0, 127)),
         static_cast<std::uint8_t>(dice.number(1, 127))});
  }
  std::ranges::sort(notes, {}, [](const PlainNote& n) { return std::pair(n.start_us, n.pitch); });
  return playable(notes);
}

std::vector<Token> random_canonical(std::uint64_t seed, const Vocabulary& vocabulary,
                                    const CanonicalOptions& options) {
  Walk walk(seed, vocabulary);
  if (!options.crop) walk.tokens().push_back(vocabulary.bos());
  for (int i = 0; i < options.moments; ++i) {
    const bool may_be_at_0 = i == 0 && (options.crop || seed % 2 == 0);
    if (!may_be_at_0) walk.shifts(walk.gap());
    walk.moment();
  }
  if (walk.anything_sounds()) {
    walk.shifts(walk.gap());
    walk.offs(1);
  }
  if (!options.crop) walk.tokens().push_back(vocabulary.eos());
  return walk.tokens();
}

}  // namespace pno::events
