// Generation by a model with roles: wishes, their changes, guidance.

#include <gtest/gtest.h>

#include <algorithm>

#include "infer/generate.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using events::Token;

constexpr model::ModelConfig kConfig{.layers = 1,
                                     .heads = 2,
                                     .width = 16,
                                     .attention_width = 16,
                                     .ff_width = 16,
                                     .context = 128,
                                     .max_distance = 128};

std::shared_ptr<const Engine> engine_with_roles() {
  return TestModel(kConfig, *events::with_roles(events::kPerformance, {"Chopin"})).engine();
}

std::vector<Token> drawn(const std::shared_ptr<const Engine>& engine,
                         const GenerateOptions& options) {
  const auto result = generate(engine, options, {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->tokens : std::vector<Token>();
}

GenerateOptions asked(const Engine& engine, const char* name, const char* value) {
  GenerateOptions options{.seconds = 20};
  options.wishes.emplace(engine.stored_vocabulary());
  EXPECT_TRUE(options.wishes->set(name, value));
  return options;
}

TEST(GenerateRoles, YieldsEventsOnly) {
  const auto engine = engine_with_roles();
  for (const Token token : drawn(engine, asked(*engine, "density", "8"))) {
    EXPECT_LT(token, engine->vocabulary().events());
  }
}

TEST(GenerateRoles, WishesChangesAndGuidanceChangeTheMusic) {
  const auto engine = engine_with_roles();
  const auto plain = drawn(engine, {.seconds = 20});
  EXPECT_EQ(drawn(engine, asked(*engine, "kind", "Disklavier")), plain) << "the default";
  const auto wished = drawn(engine, asked(*engine, "composer", "Chopin"));
  EXPECT_NE(wished, plain);
  auto guided = asked(*engine, "composer", "Chopin");
  guided.guidance = 2;
  EXPECT_NE(drawn(engine, guided), wished);
  auto changing = asked(*engine, "composer", "Chopin");
  changing.changes = {{.at_s = 10, .name = "composer", .value = "other"}};
  const auto changed = drawn(engine, changing);
  EXPECT_NE(changed, wished);
  EXPECT_TRUE(std::equal(changed.begin(), changed.begin() + 20, wished.begin()));
}

TEST(GenerateRoles, TogetherIsAsAlone) {
  const auto engine = engine_with_roles();
  for (const double guidance : {1.0, 1.5}) {
    auto options = asked(*engine, "key", "Am");
    options.prime = {engine->vocabulary().bos(), engine->vocabulary().velocity(9),
                     engine->vocabulary().note_on(60)};
    options.guidance = guidance;
    options.changes = {{.at_s = 5, .name = "density", .value = "3"}};
    const auto together = generate_together(engine, options, 3, {});
    ASSERT_TRUE(together);
    for (std::size_t i = 0; i < 3; ++i) {
      options.stream = i;
      EXPECT_EQ(drawn(engine, options), (*together)[i].tokens);
    }
  }
}

TEST(GenerateRoles, RefusesAWrongGuidance) {
  EXPECT_FALSE(generate(engine_with_roles(), {.guidance = -1}, {}));
  EXPECT_FALSE(generate(engine_with_roles(), {.guidance = 11}, {}));
}

}  // namespace
}  // namespace pno::infer
