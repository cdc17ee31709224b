#include "cli/note_attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "infer/test_models.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;

class AttentionBefore : public testing::Test {
 protected:
  AttentionBefore() { infer::TestModel(infer::kTestConfig).write(model()); }

  std::string model() const { return folder_ / "model.safetensors"; }

  static midi::Note note(double start_s, int pitch) {
    return {.start_us = static_cast<std::int64_t>(start_s * 1e6),
            .length_us = 50'000,
            .key_length_us = 50'000,
            .pitch = static_cast<std::uint8_t>(pitch),
            .velocity = 70};
  }

  infer::TestFolder folder_;
  // Times beside the grid of 10 ms.
  const midi::Performance music_{.notes = {note(0.001, 60), note(0.104, 64), note(0.203, 60)},
                                 .pedals = {}};
};

TEST_F(AttentionBefore, SharesTheAttentionAmongTheNotesBefore) {
  const auto attention = attention_before(music_, {.model = model()});
  ASSERT_TRUE(attention) << attention.error().message;
  EXPECT_EQ(attention->arcs.chosen, 2U);
  ASSERT_EQ(attention->arcs.heeded.size(), 2U);
  EXPECT_TRUE(attention->arcs.has(0));
  EXPECT_TRUE(attention->arcs.has(1));
  EXPECT_GE(attention->arcs.heeded[0].share, attention->arcs.heeded[1].share);
  EXPECT_NEAR(attention->shown + attention->rest, 1, 1e-5);
}

TEST_F(AttentionBefore, TheNoteIsChosenByItsTime) {
  const auto chosen = [&](const NoteAttentionOptions& options) {
    const auto attention = attention_before(music_, options);
    EXPECT_TRUE(attention) << attention.error().message;
    return attention ? attention->arcs.chosen : 99;
  };
  EXPECT_EQ(chosen({.model = model(), .at_s = 0.05}), 1U);
  EXPECT_EQ(chosen({.model = model(), .at_s = 0}), 0U);
  EXPECT_EQ(chosen({.model = model(), .before_s = 0.15}), 1U);
  EXPECT_EQ(attention_before(music_, {.model = model(), .arcs = 1})->arcs.heeded.size(), 1U);
}

TEST_F(AttentionBefore, RefusesAHeadOrATimeThatIsNotThere) {
  const auto complaint = [&](const NoteAttentionOptions& options) {
    const auto attention = attention_before(music_, options);
    return attention ? "" : attention.error().message;
  };
  EXPECT_EQ(complaint({.model = model(), .at_s = 5}), "--at is 5; no note begins from there on");
  EXPECT_EQ(complaint({.model = model(), .of = {.layer = 3}}),
            "--layer is 3; the model has 2, and 0 is all of them");
  EXPECT_EQ(complaint({.model = model(), .of = {.head = 3}}),
            "--head is 3; each layer of the model has 2, and 0 is all of them");
  EXPECT_THAT(complaint({.model = "nothing.safetensors"}), HasSubstr("nothing.safetensors"));
}

}  // namespace
}  // namespace pno::cli
