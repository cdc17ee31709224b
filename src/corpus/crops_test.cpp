#include "corpus/crops.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "events/decode.h"
#include "events/encode.h"
#include "events/random_music.h"

namespace pno::corpus {
namespace {

using events::Kind;
using events::kPerformance;
using events::PlainNote;
using events::Token;
using testing::HasSubstr;

// A dataset from memory, by way of a file.
Dataset dataset_of(std::span<const Piece> pieces) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / fmt::format("pno-{}-crops.notes", ::getpid());
  EXPECT_TRUE(write_dataset(path, pieces));
  auto dataset = Dataset::open(path);
  std::filesystem::remove(path);
  return std::move(*dataset);
}

Piece piece_of(std::vector<PlainNote> notes, Split split = Split::train) {
  auto hash = content_hash(notes);
  return {{.source = "a.mid", .hash = std::move(hash), .split = split}, std::move(notes)};
}

Dataset three_pieces() {
  const auto shifted = [](std::uint64_t seed, std::size_t count) {
    auto notes = events::random_notes(seed, count);
    for (auto& note : notes) note.pitch = std::clamp<std::uint8_t>(note.pitch, 10, 110);
    std::ranges::sort(notes, {}, [](const PlainNote& n) { return std::pair(n.start_us, n.pitch); });
    return notes;
  };
  return dataset_of(std::vector{piece_of(shifted(1, 400)), piece_of(shifted(2, 100)),
                                piece_of(shifted(3, 100), Split::validation)});
}

CropSampler sampler_of(const Dataset& dataset, const CropOptions& options) {
  const Weighted weighted[] = {{&dataset, 1}};
  auto sampler = CropSampler::create(weighted, Split::train, options);
  EXPECT_TRUE(sampler) << sampler.error().message;
  return std::move(*sampler);
}

struct Crop {
  std::vector<Token> tokens;
  int music = 0;
};

Crop draw(const CropSampler& sampler, std::uint64_t index, int length) {
  Crop crop{std::vector<Token>(static_cast<std::size_t>(length)), 0};
  crop.music = sampler.draw(index, crop.tokens);
  return crop;
}

std::vector<PlainNote> notes_of(const Dataset& dataset, std::size_t piece) {
  std::vector<PlainNote> notes;
  dataset.gather(piece, 0, dataset.notes_of(piece), notes);
  return notes;
}

TEST(Crops, AreAPureFunctionOfSeedAndIndex) {
  const auto dataset = three_pieces();
  const auto one = sampler_of(dataset, {.length = 200, .seed = 5});
  const auto same = sampler_of(dataset, {.length = 200, .seed = 5});
  const auto other = sampler_of(dataset, {.length = 200, .seed = 6});
  std::vector<std::vector<Token>> forwards;
  int differ = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    forwards.push_back(draw(one, i, 200).tokens);
    differ += forwards.back() != draw(other, i, 200).tokens;
  }
  for (std::uint64_t i = 100; i-- > 0;) EXPECT_EQ(draw(same, i, 200).tokens, forwards[i]);
  EXPECT_GT(differ, 90);
}

TEST(Crops, AreTheSameWhicheverThreadDraws) {
  const auto dataset = three_pieces();
  const auto sampler = sampler_of(dataset, {.length = 100});
  std::vector<Crop> crops(64);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < crops.size(); i += 4) crops[i] = draw(sampler, i, 100);
      });
    }
  }
  for (std::size_t i = 0; i < crops.size(); ++i) {
    const auto again = draw(sampler, i, 100);
    EXPECT_EQ(crops[i].tokens, again.tokens);
    EXPECT_EQ(crops[i].music, again.music);
  }
}

// Without augmentation every crop is what encode() makes of the notes from its start.
TEST(Crops, AreTheEventsFromSomeNoteOn) {
  constexpr int kLength = 64;
  const auto dataset = three_pieces();
  const auto sampler =
      sampler_of(dataset, {.length = kLength, .max_transpose = 0, .max_stretch = 0});
  std::set<std::vector<Token>> possible;
  for (const std::size_t piece : dataset.split(Split::train)) {
    const auto notes = notes_of(dataset, piece);
    for (std::size_t first = 0; first < notes.size(); ++first) {
      auto tokens = events::encode(std::span(notes).subspan(first), kPerformance,
                                   {.bos = first == 0, .max_tokens = kLength});
      tokens.resize(kLength, kPerformance.eos());
      possible.insert(std::move(tokens));
    }
  }
  for (std::uint64_t i = 0; i < 500; ++i) {
    EXPECT_TRUE(possible.contains(draw(sampler, i, kLength).tokens)) << i;
  }
}

// Of a piece of at most 256 notes, without augmentation. The ends of many long notes may be more
// than 31 events from the last note; no crop need begin there.
TEST(Crops, FromAnyEventAreTheEventsOfThePieceFromSomeEventOn) {
  constexpr int kLength = 40, kTail = 20;
  const auto notes = events::random_notes(9, 60);
  const auto dataset = dataset_of(std::vector{piece_of(notes)});
  const auto sampler = sampler_of(
      dataset, {.length = kLength, .max_transpose = 0, .max_stretch = 0, .any_event = true});
  const auto tokens = events::encode(notes, kPerformance);
  std::set<std::vector<Token>> possible, missing;
  for (auto first = tokens.begin(); first + 1 < tokens.end(); ++first) {
    std::vector<Token> crop(first, first + std::min<std::ptrdiff_t>(kLength, tokens.end() - first));
    crop.resize(kLength, kPerformance.eos());
    possible.insert(crop);
    if (tokens.end() - first > kTail) missing.insert(std::move(crop));
  }
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto [crop, music] = draw(sampler, i, kLength);
    ASSERT_GE(music, 2);
    ASSERT_TRUE(possible.contains(crop)) << i;
    missing.erase(crop);
  }
  EXPECT_TRUE(missing.empty()) << missing.size() << " of " << possible.size();
}

TEST(Crops, FromAnyEventAreAPureFunctionOfSeedAndIndex) {
  const auto dataset = three_pieces();
  const auto one = sampler_of(dataset, {.length = 50, .seed = 5, .any_event = true});
  const auto same = sampler_of(dataset, {.length = 50, .seed = 5, .any_event = true});
  std::vector<std::vector<Token>> forwards;
  for (std::uint64_t i = 0; i < 100; ++i) forwards.push_back(draw(one, i, 50).tokens);
  for (std::uint64_t i = 100; i-- > 0;) EXPECT_EQ(draw(same, i, 50).tokens, forwards[i]);
}

// Counts the crops that open with the NOTE_OFF of a note from before them, or with silence.
TEST(Crops, TheGrammarFromBeforeACropAllowsEveryEvent) {
  constexpr int kLength = 50;
  const auto dataset = three_pieces();
  for (const bool any_event : {false, true}) {
    const auto sampler = sampler_of(dataset, {.length = kLength, .any_event = any_event});
    std::vector<Token> tokens(kLength);
    int offs = 0, silences = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      events::Grammar grammar(events::kPnoAi);  // is replaced
      const auto music = sampler.draw(i, tokens, grammar);
      const auto kind = kPerformance.event(tokens.front()).kind;
      offs += kind == Kind::note_off;
      silences += kind == Kind::time_shift;
      for (int at = 0; at < music; ++at) {
        const auto token = tokens[static_cast<std::size_t>(at)];
        if (token != kPerformance.bos()) {
          ASSERT_EQ(grammar.fault_of(token), events::Fault::none) << "crop " << i << " at " << at;
        }
        grammar.read(token);
      }
    }
    EXPECT_EQ(offs > 300, any_event);
    EXPECT_EQ(silences > 100, any_event);
  }
}

// Three hours of silence are 10,800 events, which are not encoded for one crop.
TEST(Crops, FromAnyEventBeginWithTheNoteAfterHoursOfSilence) {
  constexpr int kLength = 5;
  constexpr std::int64_t kThreeHoursUs = 3 * 3'600'000'000;
  std::vector<PlainNote> notes;
  for (int i = 0; i < 4; ++i) {
    notes.push_back({kThreeHoursUs * i, 100'000, static_cast<std::uint8_t>(60 + i), 64});
  }
  const auto dataset = dataset_of(std::vector{piece_of(notes)});
  const auto sampler = sampler_of(
      dataset, {.length = kLength, .max_transpose = 0, .max_stretch = 0, .any_event = true});
  const auto from_last = events::encode(std::span(notes).last(1), kPerformance, {.bos = false});
  int found = 0;
  for (std::uint64_t i = 0; i < 400; ++i) found += draw(sampler, i, kLength).tokens == from_last;
  EXPECT_NEAR(found, 100, 45);  // five standard deviations
}

// docs/design.md section 8: every cut of the seed lost a note, every piece its tail.
TEST(Crops, EveryNoteIsAStartAndNoTailIsLost) {
  constexpr int kLength = 40;
  const auto notes = events::random_notes(9, 30);
  const auto dataset = dataset_of(std::vector{piece_of(notes)});
  const auto sampler =
      sampler_of(dataset, {.length = kLength, .max_transpose = 0, .max_stretch = 0});
  std::set<std::vector<Token>> missing;
  for (std::size_t first = 0; first < notes.size(); ++first) {
    auto tokens = events::encode(std::span(notes).subspan(first), kPerformance,
                                 {.bos = first == 0, .max_tokens = kLength});
    tokens.resize(kLength, kPerformance.eos());
    missing.insert(std::move(tokens));
  }
  for (std::uint64_t i = 0; i < 1000; ++i) missing.erase(draw(sampler, i, kLength).tokens);
  EXPECT_TRUE(missing.empty());
}

TEST(Crops, BosStandsOnlyAtTheStartOfAPieceAndEosOnlyAtItsEnd) {
  constexpr int kLength = 100;
  const auto dataset = three_pieces();
  const auto sampler = sampler_of(dataset, {.length = kLength});
  int starts = 0, ends = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto [tokens, music] = draw(sampler, i, kLength);
    const auto end = tokens.begin() + music;
    starts += tokens.front() == kPerformance.bos();
    EXPECT_EQ(std::find(tokens.begin() + 1, tokens.end(), kPerformance.bos()), tokens.end());
    const auto eos = std::find(tokens.begin(), tokens.end(), kPerformance.eos());
    if (music < kLength) {
      EXPECT_EQ(eos, end - 1);  // the EOS of the piece is music, what follows is not
      EXPECT_EQ(std::count(end, tokens.end(), kPerformance.eos()), tokens.end() - end);
      ++ends;
    } else {
      EXPECT_GE(eos, end - 1);
    }
    if (tokens.front() != kPerformance.bos()) {
      EXPECT_EQ(kPerformance.event(tokens.front()).kind, Kind::velocity);  // no silence first
    }
  }
  EXPECT_GT(starts, 0);
  EXPECT_GT(ends, 0);
}

// Chi-square over the notes of two pieces; the bound is the 99.9 % quantile for 39 degrees.
TEST(Crops, StartsAreUniformOverTheNotes) {
  constexpr int kDraws = 40'000, kNotes = 40;
  constexpr double kChiSquareBound = 72.05;
  // Each note's length tells it apart.
  const auto notes_from = [](std::int64_t first, std::int64_t count) {
    std::vector<PlainNote> notes;
    for (std::int64_t i = first; i < first + count; ++i) {
      notes.push_back(
          {(i - first) * 1'000'000, static_cast<std::uint32_t>(10'000 * (i + 1)), 60, 64});
    }
    return notes;
  };
  const auto dataset =
      dataset_of(std::vector{piece_of(notes_from(0, 30)), piece_of(notes_from(30, 10))});
  const auto sampler = sampler_of(dataset, {.length = 4, .max_transpose = 0, .max_stretch = 0});
  std::vector<int> counts(kNotes);
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const auto tokens = draw(sampler, i, 4).tokens;
    const std::size_t shift = tokens[0] == kPerformance.bos() ? 3 : 2;
    ++counts.at(static_cast<std::size_t>(kPerformance.event(tokens[shift]).value - 1));
  }
  double chi_square = 0;
  for (const int count : counts) {
    const double difference = count - double{kDraws} / kNotes;
    chi_square += difference * difference / (double{kDraws} / kNotes);
  }
  EXPECT_LT(chi_square, kChiSquareBound);
}

TEST(Crops, AreTransposedByEveryIntervalAlike) {
  constexpr int kDraws = 7000;
  const auto dataset = dataset_of(std::vector{piece_of({{0, 100'000, 60, 64}})});
  const auto sampler = sampler_of(dataset, {.length = 8});
  std::map<int, int> counts;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    ++counts[kPerformance.event(draw(sampler, i, 8).tokens[2]).value];
  }
  ASSERT_EQ(counts.size(), 7U);
  for (const auto& [pitch, count] : counts) {
    EXPECT_LE(std::abs(pitch - 60), 3);
    EXPECT_NEAR(count, 1000, 150);  // five standard deviations
  }
}

// The piece decides, not the crop: the low note is in the piece alone.
TEST(Crops, APieceThatWouldLeaveTheKeyboardKeepsItsKey) {
  const auto dataset =
      dataset_of(std::vector{piece_of({{0, 100'000, 1, 64}, {10'000'000, 100'000, 60, 64}})});
  const auto sampler = sampler_of(dataset, {.length = 5});
  std::set<int> pitches;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const auto tokens = draw(sampler, i, 5).tokens;
    if (tokens[0] != kPerformance.bos()) pitches.insert(kPerformance.event(tokens[1]).value);
  }
  EXPECT_THAT(pitches, testing::ElementsAre(59, 60, 61, 62, 63));
}

TEST(Crops, AreStretchedWithinTheirBounds) {
  const auto dataset = dataset_of(std::vector{piece_of({{0, 10'000'000, 60, 64}})});
  const auto sampler = sampler_of(dataset, {.length = 20});
  std::int64_t shortest = INT64_MAX, longest = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const auto length_us = events::decode(draw(sampler, i, 20).tokens, kPerformance).length_us;
    shortest = std::min(shortest, length_us);
    longest = std::max(longest, length_us);
  }
  EXPECT_GE(shortest, 9'500'000);
  EXPECT_LE(shortest, 9'510'000);
  EXPECT_GE(longest, 10'490'000);
  EXPECT_LE(longest, 10'500'000);
}

TEST(Crops, NoneIsOfAnotherSplit) {
  const auto dataset = dataset_of(std::vector{piece_of({{0, 1, 60, 64}}),
                                              piece_of({{0, 1, 90, 64}}, Split::validation),
                                              piece_of({{0, 1, 30, 64}}, Split::test)});
  const auto sampler = sampler_of(dataset, {.length = 6});
  for (std::uint64_t i = 0; i < 200; ++i) {
    EXPECT_NEAR(kPerformance.event(draw(sampler, i, 6).tokens[2]).value, 60, 3);
  }
}

TEST(Crops, DatasetsAreMixedByWeight) {
  constexpr int kDraws = 10'000;
  const auto low = dataset_of(std::vector{piece_of({{0, 1, 30, 64}})});
  const auto high = dataset_of(std::vector{piece_of(events::random_notes(1, 500))});
  const Weighted weighted[] = {{&low, 3}, {&high, 1}};
  const auto sampler = CropSampler::create(weighted, Split::train,
                                           {.length = 6, .max_transpose = 0, .max_stretch = 0});
  ASSERT_TRUE(sampler);
  const auto all_of_low = draw(sampler_of(low, {.length = 6, .max_transpose = 0}), 0, 6).tokens;
  int from_low = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) from_low += draw(*sampler, i, 6).tokens == all_of_low;
  EXPECT_NEAR(from_low, 7500, 5 * std::sqrt(kDraws * 0.75 * 0.25));
}

TEST(Crops, OptionsOutOfRangeAreTold) {
  const auto dataset = three_pieces();
  const auto error_of = [&](Split split, const CropOptions& options, double weight = 1) {
    const Weighted weighted[] = {{&dataset, weight}};
    const auto sampler = CropSampler::create(weighted, split, options);
    return sampler ? "no error" : sampler.error().message;
  };
  EXPECT_THAT(error_of(Split::test, {}), HasSubstr("has no pieces in its split 'test'"));
  EXPECT_THAT(error_of(Split::train, {.length = 0}), HasSubstr("a crop of 0 tokens"));
  EXPECT_THAT(error_of(Split::train, {.max_transpose = -1}), HasSubstr("0 to 127 is allowed"));
  EXPECT_THAT(error_of(Split::train, {.max_stretch = 1}), HasSubstr("0 to less than 1"));
  EXPECT_THAT(error_of(Split::train, {.max_stretch = std::nan("")}), HasSubstr("stretch"));
  EXPECT_THAT(error_of(Split::train, {.vocabulary = {0, 100, 32}}), HasSubstr("steps_per_second"));
  EXPECT_THAT(error_of(Split::train, {}, 0), HasSubstr("has the weight 0"));
  EXPECT_THAT(CropSampler::create({}, Split::train, {}).error().message,
              HasSubstr("no dataset was given"));
}

}  // namespace
}  // namespace pno::corpus
