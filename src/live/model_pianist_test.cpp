#include "live/model_pianist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fields.h"
#include "events/decode.h"
#include "infer/music/play_sampling.h"
#include "infer/test_models.h"

namespace pno::live {
namespace {

using events::Kind;
using events::Token;

infer::TestModel test_model() {
  return infer::TestModel(infer::kTestConfig);
}

std::vector<Token> drawn(ModelPianist& pianist, int count, Draw how) {
  std::vector<Token> tokens;
  for (int i = 0; i < count; ++i) {
    const auto token = pianist.draw(how);
    if (!token) break;
    tokens.push_back(*token);
  }
  return tokens;
}

TEST(ModelPianist, AnswerIsThatOfTheModelAfterWhatSounded) {
  const auto model = test_model();
  const auto engine = model.engine();
  const auto& v = model.vocabulary;
  const std::vector<Token> heard = {v.velocity(1), v.note_on(60), v.time_shift(2), v.note_off(60)};
  const infer::DrawOptions likeliest{.sampler = {.temperature = 0}};
  ModelPianist pianist(engine, likeliest, /*seed=*/5);
  pianist.read(std::span(heard).first(2));
  pianist.begin_answer({});
  drawn(pianist, 20, Draw::any);  // thrown away
  pianist.read(std::span(heard).subspan(2));
  const std::vector<Token> silence = {v.time_shift(3)};
  pianist.begin_answer(silence);

  // The same answer from a pianist that read everything at once.
  ModelPianist straight(engine, likeliest, /*seed=*/5);
  std::vector<Token> before = heard;
  before.push_back(silence.front());
  straight.read(before);
  straight.begin_answer({});

  const auto tokens = drawn(pianist, 30, Draw::any);
  ASSERT_EQ(tokens.size(), 30U);
  infer::MusicState state(v);
  state.read(v.bos());
  for (const Token token : before) state.read(token);
  EXPECT_EQ(tokens, drawn(straight, 30, Draw::any));
  for (const Token token : tokens) {
    EXPECT_EQ(state.fault_of(token), infer::Fault::none);
    state.read(token);
  }
}

TEST(ModelPianist, FirstEventsHaveNoSilenceAndTheLastNoNotes) {
  const auto model = test_model();
  ModelPianist pianist(model.engine(), {}, /*seed=*/1);
  for (int round = 0; round < 20; ++round) {
    pianist.begin_answer({});
    const auto first = pianist.draw(Draw::first);
    ASSERT_TRUE(first);
    EXPECT_NE(model.vocabulary.event(*first).kind, Kind::time_shift);
  }
  pianist.begin_answer({});
  for (const Token token : drawn(pianist, 2, Draw::first)) {
    EXPECT_NE(model.vocabulary.event(token).kind, Kind::time_shift);
  }
  drawn(pianist, 1, Draw::first);
  for (const Token token : drawn(pianist, 30, Draw::ending)) {
    const auto kind = model.vocabulary.event(token).kind;
    EXPECT_TRUE(kind == Kind::time_shift || kind == Kind::note_off) << enum_name(kind);
  }
}

// With the shipped model: wishes steer what it plays.
struct Played {
  double velocity = 0, notes_per_s = 0;
};
Played played_with(const std::vector<std::pair<Wish, double>>& wishes) {
  const auto engine = infer::Engine::open(PNO_SOURCE_DIR "/models/piano.safetensors",
                                          {.threads = 1, .precision = infer::Precision::automatic});
  if (!engine) ADD_FAILURE() << engine.error().message;
  infer::DrawOptions options;
  options.sampler = infer::PlaySampling();
  ModelPianist pianist(*engine, options, /*seed=*/3);
  for (const auto& [wish, value] : wishes) pianist.wish(wish, value);
  pianist.begin_answer({});
  std::vector<Token> tokens = {pianist.vocabulary().bos()};
  for (const Token token : drawn(pianist, 900, Draw::any)) tokens.push_back(token);
  const auto decoded = events::decode(tokens, pianist.vocabulary());
  Played played;
  for (const auto& note : decoded.performance.notes) played.velocity += note.velocity;
  const auto notes = static_cast<double>(decoded.performance.notes.size());
  played.velocity /= notes;
  played.notes_per_s = notes / (static_cast<double>(decoded.length_us) * 1e-6);
  return played;
}

TEST(ModelPianist, PlaysAsLoudAndAsDenseAsThePersonWants) {
  const auto soft = played_with({{Wish::loudness, 35}, {Wish::density, 3}});
  const auto loud = played_with({{Wish::loudness, 95}, {Wish::density, 14}});
  EXPECT_NEAR(soft.velocity, 35, 15);
  EXPECT_NEAR(loud.velocity, 95, 15);
  EXPECT_NEAR(soft.notes_per_s, 3, 1.5);
  EXPECT_NEAR(loud.notes_per_s, 14, 4);
}

TEST(ModelPianist, AtTemperatureZeroItPlaysTheLikeliest) {
  const auto model = test_model();
  std::vector<std::vector<Token>> answers;
  for (const std::uint64_t seed : {1, 2}) {
    ModelPianist pianist(model.engine(), {}, seed);
    pianist.wish(Wish::temperature, 0);
    pianist.begin_answer({});
    answers.push_back(drawn(pianist, 20, Draw::any));
  }
  EXPECT_EQ(answers[0], answers[1]);
}

TEST(ModelPianist, RestIsAShare) {
  const auto model = test_model();
  ModelPianist pianist(model.engine(), {}, /*seed=*/1);
  EXPECT_GE(pianist.rest(), 0);
  EXPECT_LE(pianist.rest(), 1);
}

}  // namespace
}  // namespace pno::live
