// pno.h with a model that has roles.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "api/pno.h"
#include "base/allocation_count.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using testing::HasSubstr;

constexpr model::ModelConfig kConfig{
    .layers = 2, .heads = 2, .width = 16, .attention_width = 16, .ff_width = 32, .context = 64};

struct CloseRoles {
  void operator()(pno_model* model) const { pno_model_close(model); }
  void operator()(pno_session* session) const { pno_session_close(session); }
};

class RolesApi : public testing::Test {
 protected:
  using Session = std::unique_ptr<pno_session, CloseRoles>;

  RolesApi() { model_ = open(*events::with_roles(events::kPerformance, {"Chopin"})); }

  std::unique_ptr<pno_model, CloseRoles> open(const events::StoredVocabulary& vocabulary) {
    const std::string path = folder_ / "model.safetensors";
    TestModel(kConfig, vocabulary).write(path);
    pno_model* model = nullptr;
    EXPECT_EQ(pno_model_open(path.c_str(), nullptr, &model, &error_), PNO_OK) << error_.message;
    return std::unique_ptr<pno_model, CloseRoles>(model);
  }
  Session session_of(const pno_model* model) {
    pno_session* session = nullptr;
    EXPECT_EQ(pno_session_open(model, &session, &error_), PNO_OK) << error_.message;
    return Session(session);
  }
  pno_token token(pno_kind kind, int value = 0) const {
    return pno_event_token(model_.get(), kind, value);
  }
  std::vector<pno_token> draw(const Session& session, int count) {
    std::vector<pno_token> tokens;
    for (int i = 0; i < count; ++i) {
      pno_token drawn = 0;
      EXPECT_EQ(pno_session_draw(session.get(), &drawn, &error_), PNO_OK) << error_.message;
      EXPECT_EQ(pno_session_step(session.get(), drawn, &error_), PNO_OK) << error_.message;
      tokens.push_back(drawn);
    }
    return tokens;
  }

  TestFolder folder_;
  pno_error error_{};
  std::unique_ptr<pno_model, CloseRoles> model_;
};

TEST_F(RolesApi, TellsBothSizesAndAllKinds) {
  EXPECT_EQ(pno_vocabulary_size(model_.get()), 391);
  EXPECT_EQ(pno_input_size(model_.get()), 446);
  EXPECT_EQ(token(PNO_END), 390);
  EXPECT_EQ(token(PNO_COMPOSER, 1), 445);
  EXPECT_EQ(token(PNO_COMPOSER, 2), PNO_NO_TOKEN);
  EXPECT_EQ(token(PNO_DENSITY, 8), PNO_NO_TOKEN);
  for (int id = 0; id < pno_input_size(model_.get()); ++id) {
    const auto event = pno_token_event(model_.get(), static_cast<pno_token>(id));
    EXPECT_EQ(token(static_cast<pno_kind>(event.kind), event.value), id);
  }
}

TEST_F(RolesApi, ReadsTokensWithARole) {
  const auto played = session_of(model_.get()), given = session_of(model_.get());
  const std::vector<pno_token> tokens = {token(PNO_BOS), token(PNO_VELOCITY, 9),
                                         token(PNO_NOTE_ON, 60)};
  EXPECT_EQ(pno_session_read(played.get(), tokens.data(), tokens.size(), &error_), PNO_OK);
  EXPECT_EQ(pno_session_read_as(given.get(), tokens.data(), tokens.size(), PNO_GIVEN, &error_),
            PNO_OK);
  const auto size = static_cast<std::size_t>(pno_vocabulary_size(model_.get()));
  const auto logits = [&](const Session& session) {
    const float* first = pno_session_logits(session.get());
    return std::vector<float>(first, first + size);
  };
  EXPECT_NE(logits(played), logits(given));
  const auto without = open(events::StoredVocabulary{events::kPerformance});
  const auto session = session_of(without.get());
  EXPECT_EQ(pno_session_step_as(session.get(), 5, PNO_FUTURE, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("without roles"));
}

// The gap ends exactly.
TEST_F(RolesApi, FillsAGap) {
  const auto session = session_of(model_.get());
  const auto step = [&](pno_token read, pno_role role) {
    EXPECT_EQ(pno_session_step_as(session.get(), read, role, &error_), PNO_OK) << error_.message;
  };
  step(token(PNO_INFILL), PNO_PLAYED);
  step(token(PNO_TIME_SHIFT, 30), PNO_FUTURE);
  step(token(PNO_EOS), PNO_FUTURE);
  step(token(PNO_PREFIX), PNO_PLAYED);
  step(token(PNO_MIDDLE), PNO_PLAYED);
  int steps = 0, drawn = 0;
  for (bool is_over = false; !is_over; ++drawn) {
    ASSERT_LT(drawn, 20'000);
    const auto event = pno_token_event(model_.get(), draw(session, 1).front());
    if (event.kind == PNO_TIME_SHIFT) steps += event.value;
    is_over = event.kind == PNO_END;
  }
  EXPECT_EQ(steps, 30);
}

TEST_F(RolesApi, ControlsAreReadBeforeADraw) {
  const auto session = session_of(model_.get());
  EXPECT_EQ(pno_session_control(session.get(), "composer", "Chopin", &error_), PNO_OK);
  EXPECT_EQ(pno_session_control(session.get(), "density", "12", &error_), PNO_OK);
  EXPECT_EQ(pno_session_step(session.get(), token(PNO_BOS), &error_), PNO_OK);
  EXPECT_EQ(pno_session_position(session.get()), 1);
  pno_token drawn = 0;
  EXPECT_EQ(pno_session_draw(session.get(), &drawn, &error_), PNO_OK);
  EXPECT_EQ(pno_session_position(session.get()), 4) << "COMPOSER, KIND and DENSITY";
  EXPECT_EQ(pno_session_draw(session.get(), &drawn, &error_), PNO_OK);
  EXPECT_EQ(pno_session_position(session.get()), 4);
  EXPECT_EQ(pno_session_control(session.get(), "density", "loud", &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("density is 'loud'"));
  const auto without = open(events::StoredVocabulary{events::kPerformance});
  const auto plain = session_of(without.get());
  EXPECT_EQ(pno_session_control(plain.get(), "density", "12", &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("trained without controls"));
}

// Controls are taken back with what follows them, and read again.
TEST_F(RolesApi, RewoundSessionsPlayAsIfNothingWasTakenBack) {
  const auto straight = session_of(model_.get()), rewound = session_of(model_.get());
  for (const auto* session : {&straight, &rewound}) {
    EXPECT_EQ(pno_session_control(session->get(), "key", "Am", &error_), PNO_OK);
    EXPECT_EQ(pno_session_step(session->get(), token(PNO_BOS), &error_), PNO_OK);
  }
  EXPECT_EQ(pno_session_set(rewound.get(), "temperature", "0", &error_), PNO_OK);
  EXPECT_EQ(pno_session_set(straight.get(), "temperature", "0", &error_), PNO_OK);
  draw(rewound, 100);
  EXPECT_EQ(pno_session_rewind(rewound.get(), 1, &error_), PNO_OK) << error_.message;
  EXPECT_EQ(pno_session_rewind(rewound.get(), 0, &error_), PNO_OK) << error_.message;
  EXPECT_EQ(pno_session_step(rewound.get(), token(PNO_BOS), &error_), PNO_OK);
  EXPECT_EQ(draw(rewound, 100), draw(straight, 100));
  EXPECT_EQ(pno_session_position(rewound.get()), pno_session_position(straight.get()));
}

TEST_F(RolesApi, DrawingDoesNotAllocate) {
  const auto session = session_of(model_.get());
  EXPECT_EQ(pno_session_step(session.get(), token(PNO_BOS), &error_), PNO_OK);
  const auto before = allocation_count();
  for (int i = 0; i < 500; ++i) {
    pno_token drawn = 0;
    pno_session_draw(session.get(), &drawn, nullptr);
    pno_session_step_as(session.get(), drawn, i % 9 == 0 ? PNO_GIVEN : PNO_PLAYED, nullptr);
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::infer
