// The API without sockets.

#include "web/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "infer/test_models.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<ServedModel> one_model() {
  return {{"a test model", infer::TestModel(infer::kTestConfig).engine()}};
}

TEST(Api, AttentionIsSharedAmongTheNotesBefore) {
  Api api(one_model(), {});
  const auto answer = api.attention(
      R"({"notes": [[0, 0.1, 60, 80], [0.2, 0.3, 64, 80], [0.4, 0.5, 67, 80]], "note": [0.4, 67]})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto json = Json::parse(answer.body);
  ASSERT_EQ(json["notes"].size(), 2U);
  double sum = json["rest"];
  for (const auto& note : json["notes"]) {
    EXPECT_TRUE((note[0] == 0.0 && note[1] == 60) || (note[0] == 0.2 && note[1] == 64)) << note;
    sum += note[2].get<double>();
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_GE(json["notes"][0][2], json["notes"][1][2]);
}

TEST(Api, HeadsDiffer) {
  Api api(one_model(), {});
  const auto shares = [&](const char* head) {
    return api
        .attention(fmt::format(
            R"({{"notes": [[0, 0.1, 60, 80], [0.2, 0.3, 64, 80]], "note": [0.2, 64], {}}})", head))
        .body;
  };
  EXPECT_NE(shares(R"("layer": 1, "head": 1)"), shares(R"("layer": 2, "head": 2)"));
  EXPECT_THAT(shares(R"("layer": 3)"), HasSubstr("the model has 2 layers with 2 heads each"));
}

TEST(Api, ANoteThatIsNotThereIsRefused) {
  Api api(one_model(), {});
  const auto answer = api.attention(R"({"notes": [[0, 0.1, 60, 80]], "note": [3, 60]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("note must be one of notes"));
}

TEST(Api, StreamsPartsUntilTheEnd) {
  Api api(one_model(), {});
  const auto answer = api.generate(R"({"seconds": 0.5})");
  ASSERT_EQ(answer.status, 200);
  ASSERT_NE(answer.parts, nullptr);
  std::string text;
  while (true) {
    const auto part = answer.parts->next();
    text += part.bytes;
    if (part.is_last) break;
  }
  EXPECT_THAT(text, StartsWith("event: notes\n"));
  EXPECT_THAT(text, HasSubstr("event: end\n"));
}

TEST(Api, AStreamThatIsDroppedFreesItsPlace) {
  Api api(one_model(), {.most_playing = 1, .most_waiting = 0});
  auto first = api.generate(R"({"seconds": 600})");
  ASSERT_EQ(first.status, 200);
  const auto second = api.generate("{}");
  EXPECT_EQ(second.status, 429);
  EXPECT_GT(second.retry_after_s, 0);
  first.parts.reset();
  Answer third = api.generate("{}");
  for (int i = 0; i < 1000 && third.status == 429; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    third = api.generate("{}");
  }
  EXPECT_EQ(third.status, 200);
}

}  // namespace
}  // namespace pno::web
