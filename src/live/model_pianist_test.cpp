#include "live/model_pianist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fields.h"
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

TEST(ModelPianist, RestIsAShare) {
  const auto model = test_model();
  ModelPianist pianist(model.engine(), {}, /*seed=*/1);
  EXPECT_GE(pianist.rest(), 0);
  EXPECT_LE(pianist.rest(), 1);
}

}  // namespace
}  // namespace pno::live
