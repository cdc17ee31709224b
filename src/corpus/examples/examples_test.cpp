#include "corpus/examples/examples.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <set>
#include <thread>

#include "corpus/examples/test_examples.h"
#include "events/role_grammar.h"

namespace pno::corpus {
namespace {

using events::Kind;
using events::kPerformancePlus;
using testing::HasSubstr;

ExampleOptions options_of(int length, std::uint64_t seed = 5) {
  return {.vocabulary = *events::with_roles(events::kPerformance, {"Chopin"}),
          .length = length,
          .seed = seed};
}

ExampleSampler sampler_of(const Dataset& dataset, const ExampleOptions& options) {
  const Weighted weighted[] = {{&dataset, 1}};
  auto sampler = ExampleSampler::create(weighted, Split::train, options);
  EXPECT_TRUE(sampler) << sampler.error().message;
  return std::move(*sampler);
}

TEST(Examples, AreAPureFunctionOfSeedAndIndexOnEveryThread) {
  const auto dataset = dataset_of(random_pieces(3, 500));
  const auto one = sampler_of(dataset, options_of(512)),
             other = sampler_of(dataset, options_of(512, 6));
  std::vector<Example> forwards;
  int differ = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    forwards.push_back(one.draw(i));
    differ += forwards.back() != other.draw(i);
  }
  EXPECT_GT(differ, 35);
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 40 - t; i-- > 0;) EXPECT_EQ(one.draw(i), forwards[i]);
    });
  }
}

// The padding of a row costs as much compute as music.
TEST(Examples, FillTheirRowsIfThePieceIsLongEnough) {
  const auto dataset = dataset_of(random_pieces(3, 900));  // about three rows long
  const auto options = options_of(1024);
  const auto& v = options.vocabulary.ids;
  const auto sampler = sampler_of(dataset, options);
  std::size_t empty = 0;
  int endings = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto example = sampler.draw(i);
    ASSERT_LE(example.tokens.size(), 1025U);
    ASSERT_GT(example.tokens.size(), 850U) << enum_name(example.task);
    ASSERT_EQ(example.roles.size(), example.tokens.size());
    ASSERT_EQ(example.targets.size(), example.tokens.size());
    ASSERT_EQ(example.targets.front(), 0);
    empty += 1025U - example.tokens.size();
    endings += static_cast<int>(std::ranges::count(example.tokens, v.eos()));
  }
  EXPECT_LT(empty, 200U * 1025U * 3 / 100);
  EXPECT_GT(endings, 20);
}

TEST(Examples, APieceThatIsShorterThanARowIsPlayedFromItsStartToItsEnd) {
  const auto dataset = dataset_of(random_pieces(2, 60));
  const auto options = options_of(2048);
  const auto& v = options.vocabulary.ids;
  const auto sampler = sampler_of(dataset, options);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto example = sampler.draw(i);
    ASSERT_EQ(example.tokens.front(), v.bos());
    ASSERT_EQ(std::ranges::count(example.tokens, v.eos()), 1);
  }
}

TEST(Examples, TheGrammarAllowsEveryTargetAndNothingIsBeyondTheOutputs) {
  const auto dataset = dataset_of(random_pieces(4, 900));
  const auto options = options_of(2048);
  const auto& v = options.vocabulary.ids;
  const auto sampler = sampler_of(dataset, options);
  std::vector<std::uint64_t> mask(events::mask_words(v.outputs()));
  std::int64_t targets = 0, tokens = 0;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto example = sampler.draw(i);
    events::RoleGrammar grammar(v);
    for (std::size_t at = 0; at < example.tokens.size(); ++at) {
      const auto token = example.tokens[at];
      ASSERT_LT(token, v.inputs());
      if (example.targets[at] != 0) {
        ASSERT_LT(token, v.outputs());
        grammar.allowed(mask);
        ASSERT_TRUE(events::mask_contains(mask, token)) << enum_name(example.task) << at;
      }
      grammar.read(token, example.roles[at]);
    }
    targets += std::count(example.targets.begin(), example.targets.end(), 1);
    tokens += std::ssize(example.tokens);
  }
  EXPECT_GT(targets, tokens * 3 / 4);
}

TEST(Examples, TasksAreDrawnByTheirWeights) {
  const auto dataset = dataset_of(random_pieces(2, 4000));
  auto options = options_of(2048);
  options.weights = {.plain = 4, .infill = 2, .accompany = 1, .realise = 0, .duet = 1};
  const auto sampler = sampler_of(dataset, options);
  std::array<int, kTasks> counts{};
  constexpr int kDraws = 1000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    ++counts.at(static_cast<std::size_t>(sampler.draw(i).task));
  }
  const auto near = [&](double share) {
    return std::pair(kDraws * share, 5 * std::sqrt(kDraws * share * (1 - share)));
  };
  // An infill becomes plain near the end of a piece, or if it is too dense.
  const auto [infills, spread] = near(0.25);
  EXPECT_LT(counts[1], infills + spread);
  EXPECT_GT(counts[1], infills * 0.6);
  EXPECT_NEAR(counts[0] + counts[1], near(0.75).first, near(0.75).second);
  EXPECT_NEAR(counts[2], near(0.125).first, near(0.125).second);
  EXPECT_EQ(counts[3], 0);
  EXPECT_NEAR(counts[4], near(0.125).first, near(0.125).second);
}

// Without controls and augmentation a plain example is what encode() writes.
TEST(Examples, PlainMusicIsAsEncodeWritesIt) {
  const auto dataset = dataset_of(random_pieces(1, 250));
  auto options = options_of(300);
  options.weights = {.plain = 1, .infill = 0, .accompany = 0, .realise = 0, .duet = 0};
  options.controls.drop_all = 1;
  options.augmentation = {.max_transpose = 0, .max_stretch = 0};
  const auto sampler = sampler_of(dataset, options);
  const auto notes = dataset.music(0);
  std::set<std::vector<events::Token>> possible;
  for (std::size_t first = 0; first < notes.size(); ++first) {
    possible.insert(events::encode(std::span(notes).subspan(first), events::kPerformance,
                                   {.bos = first == 0, .max_tokens = 301}));
  }
  for (std::uint64_t i = 0; i < 300; ++i) {
    const auto example = sampler.draw(i);
    ASSERT_TRUE(possible.contains(example.tokens)) << i;
    for (std::size_t at = 1; at < example.tokens.size(); ++at) ASSERT_EQ(example.targets[at], 1);
  }
}

TEST(Examples, TellComposerAndKind) {
  const auto dataset = dataset_of(random_pieces(1, 250));
  auto options = options_of(300);
  options.controls = {.drop_all = 0, .drop_each = 0};
  const auto& v = options.vocabulary.ids;
  const auto sampler = sampler_of(dataset, options);
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto tokens = sampler.draw(i).tokens;
    const std::size_t at = tokens[0] == v.bos() ? 1 : 0;
    EXPECT_EQ(tokens[at], v.token({Kind::composer, 1}));
    EXPECT_EQ(tokens[at + 1], v.token({Kind::music_kind, 0}));
  }
}

TEST(Examples, OptionsOutOfRangeAreTold) {
  const auto dataset = dataset_of(random_pieces(1, 20));
  const auto error_of = [&](auto&& change) {
    auto options = options_of(100);
    change(options);
    const Weighted weighted[] = {{&dataset, 1}};
    const auto sampler = ExampleSampler::create(weighted, Split::train, options);
    return sampler ? "no error" : sampler.error().message;
  };
  EXPECT_EQ(error_of([](auto&) {}), "no error");
  EXPECT_THAT(error_of([](auto& o) { o.length = 0; }), HasSubstr("examples of 0 tokens"));
  EXPECT_THAT(error_of([](auto& o) { o.vocabulary = {events::kPerformance}; }),
              HasSubstr("'performance' cannot hold tasks"));
  EXPECT_THAT(error_of([](auto& o) { o.vocabulary.composers.pop_back(); }),
              HasSubstr("2 composers and 1 names"));
  EXPECT_THAT(error_of([](auto& o) { o.weights.duet = -1; }),
              HasSubstr("'duet' has the weight -1"));
  EXPECT_THAT(error_of([](auto& o) { o.weights = {0, 0, 0, 0, 0}; }), HasSubstr("weight 0"));
  EXPECT_THAT(error_of([](auto& o) { o.controls.drop_each = 2; }), HasSubstr("probabilities"));
  EXPECT_THAT(error_of([](auto& o) { o.infill.greatest_gap_s = 0; }),
              HasSubstr("range of seconds"));
  EXPECT_THAT(error_of([](auto& o) { o.augmentation.max_stretch = 1; }), HasSubstr("stretch"));
}

}  // namespace
}  // namespace pno::corpus
