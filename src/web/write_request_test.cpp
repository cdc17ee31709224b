#include "web/write_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/decode.h"
#include "web/limits.h"

namespace pno::web {
namespace {

using testing::HasSubstr;

std::string complaint(std::string_view body) {
  const auto request = parse_write_request(body);
  return request ? "" : request.error().message;
}

TEST(WriteRequest, ReadsAllFields) {
  const auto request = parse_write_request(R"({"notes": [[1, 1.5, 64, 80], [0, 0.5, 60, 1]],
      "from": 3, "seconds": 12.5, "seed": 7,
      "options": {"temperature": 0.9, "key": "C#m", "density": "6", "until_end": true}})");
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->given.size(), 2U);
  EXPECT_EQ(request->given[0].pitch, 60);
  EXPECT_EQ(request->given[1].start_us, 1'000'000);
  EXPECT_EQ(request->given[1].length_us, 500'000U);
  EXPECT_EQ(request->seconds, 12.5);
  EXPECT_EQ(request->seed, 7U);
  EXPECT_EQ(request->draw.sampler.temperature, 0.9);
  EXPECT_EQ(request->draw.controls.density, 6);
  EXPECT_TRUE(request->draw.controls.key.has_value());
  EXPECT_TRUE(request->draw.until_end);
}

TEST(WriteRequest, SamplesAsGenerateDoesByDefault) {
  const auto request = parse_write_request("{}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->draw.sampler.temperature, infer::PlaySampling().temperature);
  EXPECT_EQ(request->draw.sampler.top_p, infer::PlaySampling().top_p);
}

TEST(WriteRequest, PrimeEndsWhereTheNewMusicBegins) {
  const auto request = parse_write_request(R"({"notes": [[0, 0.5, 60, 80]], "from": 3.25})");
  ASSERT_TRUE(request);
  const auto prime = request->prime(events::kPerformance);
  EXPECT_EQ(prime.front(), events::kPerformance.bos());
  EXPECT_EQ(events::decode(prime, events::kPerformance).length_us, 3'250'000);
  const auto empty = parse_write_request("{}");
  ASSERT_TRUE(empty);
  EXPECT_THAT(empty->prime(events::kPerformance), testing::ElementsAre(events::kPerformance.bos()));
}

TEST(WriteRequest, SaysWhatIsWrong) {
  EXPECT_EQ(complaint("Dear diary"), "the body is not a JSON object");
  EXPECT_EQ(complaint("[1]"), "the body is not a JSON object");
  EXPECT_THAT(complaint(R"({"speed": 1})"), HasSubstr("the body has 'speed'"));
  EXPECT_EQ(complaint(R"({"seconds": 601})"), "seconds must be a number from 0.1 to 600");
  EXPECT_EQ(complaint(R"({"seconds": "30"})"), "seconds must be a number from 0.1 to 600");
  EXPECT_EQ(complaint(R"({"seed": 1.5})"), "seed must be an integer");
  EXPECT_EQ(complaint(R"({"seed": -1})"), "seed must be a number from 0 to 9007199254740992");
  EXPECT_EQ(complaint(R"({"notes": [[0, 1, 60]]})"),
            "notes[0] must be [start, end, pitch, velocity]");
  EXPECT_EQ(complaint(R"({"notes": [[0, 1, 60, 64], [1, 0.5, 60, 64]]})"),
            "the end of notes[1] must be a number from 1 to 3601");
  EXPECT_EQ(complaint(R"({"notes": [[0, 1, 128, 64]]})"),
            "the pitch of notes[0] must be a number from 0 to 127");
  EXPECT_EQ(complaint(R"({"notes": [[0, 1, 60.5, 64]]})"),
            "the pitch of notes[0] must be an integer");
  EXPECT_EQ(complaint(R"({"notes": 5})"), "notes must be a list");
  EXPECT_THAT(complaint(R"({"options": {"temperature": -1}})"), HasSubstr("temperature is -1"));
  EXPECT_THAT(complaint(R"({"options": {"heat": 1}})"),
              HasSubstr("'heat', which is not an option"));
  EXPECT_THAT(complaint(R"({"options": {"key": "H"}})"), HasSubstr("options: "));
  EXPECT_THAT(complaint(R"({"options": {"density": [1]}})"), HasSubstr("cannot be set here"));
}

TEST(WriteRequest, HasLimits) {
  std::string body = R"({"notes": [)";
  for (std::size_t i = 0; i <= kMaxNotes; ++i) body += i == 0 ? "[0,1,60,64]" : ",[0,1,60,64]";
  EXPECT_THAT(complaint(body + "]}"), HasSubstr("notes has 20001 notes; at most 20000"));
  EXPECT_THAT(complaint(std::string(kMaxBodyBytes + 1, ' ')), HasSubstr("the body is larger than"));
  const std::string deep(100'000, '[');
  EXPECT_EQ(complaint(deep), "the body is not a JSON object");
}

}  // namespace
}  // namespace pno::web
