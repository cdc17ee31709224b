#include "train/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "base/file.h"
#include "train/crc32c.h"
#include "train/event.pb.h"
#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using tensorboard::Event;
using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value{};
  EXPECT_LE(at + sizeof(T), bytes.size());
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

// A reader of its own: framing, both checksums of each record, and the protobuf.
std::vector<Event> events_of(const fs::path& path) {
  const auto text = *read_text(path);
  const std::string_view bytes = text;
  std::vector<Event> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = number_at<std::uint64_t>(bytes, at);
    EXPECT_EQ(number_at<std::uint32_t>(bytes, at + 8), masked_crc32c(bytes.substr(at, 8)));
    const auto record = bytes.substr(at + 12, length);
    EXPECT_EQ(record.size(), length);
    EXPECT_EQ(number_at<std::uint32_t>(bytes, at + 12 + length), masked_crc32c(record));
    EXPECT_TRUE(events.emplace_back().ParseFromArray(record.data(), static_cast<int>(length)));
    at += 12 + length + 4;
  }
  return events;
}

// In the order in which TensorBoard reads them.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The checksums of RFC 3720, appendix B.4, and the usual check value.
TEST(Crc32c, HasTheValuesOfTheStandard) {
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(ascending), 0x46dd794eU);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

class TensorBoard : public TrainerTest {};

TEST_F(TensorBoard, EventsReadBackAsTheyWereWritten) {
  auto file = EventFile::create(folder_, 0);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->add(10, {{"train_nll", 2.5}, {"learning_rate", 1e-3}}));
  ASSERT_TRUE(file->add(20, {{"train_nll", NAN}}));
  fs::remove(folder_ / "data.notes");
  const auto files = files_in(folder_);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_THAT(files[0].string(), HasSubstr("tfevents"));
  const auto events = events_of(files[0]);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  EXPECT_EQ(events[1].session_log().status(), tensorboard::SessionLog::START);
  EXPECT_EQ(events[1].step(), 1);
  EXPECT_EQ(events[2].step(), 10);
  EXPECT_GT(events[2].wall_time(), 1.7e9);
  ASSERT_EQ(events[2].summary().value_size(), 2);
  EXPECT_EQ(events[2].summary().value(0).tag(), "train_nll");
  EXPECT_EQ(events[2].summary().value(0).simple_value(), 2.5F);
  EXPECT_EQ(events[2].summary().value(1).simple_value(), 1e-3F);
  EXPECT_TRUE(std::isnan(events[3].summary().value(0).simple_value()));
}

// What a reader shows that drops, at each START, what came before of that step and later ones.
std::vector<std::pair<std::int64_t, float>> shown(const fs::path& folder, std::string_view tag) {
  std::vector<std::pair<std::int64_t, float>> points;
  for (const auto& path : files_in(folder)) {
    for (const auto& event : events_of(path)) {
      if (event.has_session_log()) {
        std::erase_if(points, [&](const auto& point) { return point.first >= event.step(); });
      }
      for (const auto& value : event.summary().value()) {
        if (value.tag() == tag) points.emplace_back(event.step(), value.simple_value());
      }
    }
  }
  return points;
}

TEST_F(TensorBoard, AStoppedRunShowsTheCurvesOfAnUninterruptedOne) {
  ASSERT_TRUE(train(options("whole"), {}));
  auto parts = options("parts");
  ASSERT_FALSE(stop_after(parts, 7));
  set_interrupted(false);
  parts.resume = true;
  ASSERT_TRUE(train(parts, {}));
  for (const auto* tag : {"train_nll", "validation_nll", "learning_rate"}) {
    const auto whole = shown(folder_ / "whole/tb", tag);
    EXPECT_GE(whole.size(), 2U) << tag;
    EXPECT_EQ(whole, shown(folder_ / "parts/tb", tag)) << tag;
  }
}

TEST_F(TensorBoard, APlaceThatCannotBeWrittenHasItsSentence) {
  const auto file = EventFile::create(folder_ / "data.notes", 0);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("data.notes: cannot be made"));
}

}  // namespace
}  // namespace pno::train
