#include "web/attention_request.h"

#include <gtest/gtest.h>

#include <string>

namespace pno::web {
namespace {

std::string complaint(std::string_view body) {
  const auto request = parse_attention_request(body);
  return request ? "" : request.error().message;
}

TEST(AttentionRequest, ReadsAllFields) {
  const auto request = parse_attention_request(
      R"({"model": "1", "notes": [[0, 1, 60, 80]], "note": [1.5, 64], "layer": 2, "head": 3})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->model, "1");
  EXPECT_EQ(request->given.size(), 1U);
  EXPECT_EQ(request->start_seconds, 1.5);
  EXPECT_EQ(request->pitch, 64);
  EXPECT_EQ(request->head.layer, 2);
  EXPECT_EQ(request->head.head, 3);
}

TEST(AttentionRequest, SaysWhatIsWrong) {
  EXPECT_EQ(complaint("[]"), "the body is not a JSON object");
  EXPECT_EQ(complaint("{}"), "the body has no note: [start, pitch]");
  EXPECT_EQ(complaint(R"({"note": [1]})"), "note must be [start, pitch]");
  EXPECT_EQ(complaint(R"({"note": [1, 128]})"), "the pitch of note must be a number from 0 to 127");
  EXPECT_EQ(complaint(R"({"note": [1, 60.5]})"), "the pitch of note must be an integer");
  EXPECT_EQ(complaint(R"({"note": [1, 60], "layer": -1})"),
            "layer must be a number from 0 to 1000");
  EXPECT_EQ(complaint(R"({"note": [1, 60], "model": 3})"),
            "model must be a text of at most 64 bytes");
  EXPECT_EQ(complaint(R"({"note": [1, 60], "heads": 1})"),
            "the body has 'heads'; it may have model, notes, note, layer and head");
}

}  // namespace
}  // namespace pno::web
