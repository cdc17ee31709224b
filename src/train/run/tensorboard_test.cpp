#include "train/run/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/file.h"
#include "train/run/crc32c.h"
#include "train/trainer_test_fixture.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value{};
  EXPECT_LE(at + sizeof(T), bytes.size());
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string file_version;
  bool is_start = false;
  std::vector<std::pair<std::string, float>> scalars;
};

// Calls visit(field, number, bytes) for each field of a protobuf message: `number` of a varint or a
// fixed width, as bits, `bytes` of the others.
template <class Visit>
void for_each_field(std::string_view message, const Visit& visit) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message.at(at++));
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const auto key = varint();
    std::uint64_t number = 0;
    std::string_view bytes;
    switch (key & 7) {
      case 0:
        number = varint();
        break;
      case 1:
        number = number_at<std::uint64_t>(message, at);
        at += 8;
        break;
      case 2:
        number = varint();
        bytes = message.substr(at, number);
        at += number;
        break;
      case 5:
        number = number_at<std::uint32_t>(message, at);
        at += 4;
        break;
      default:
        FAIL() << "wire type " << (key & 7);
    }
    visit(static_cast<int>(key >> 3), number, bytes);
  }
}

std::pair<std::string, float> scalar_of(std::string_view message) {
  std::pair<std::string, float> scalar;
  for_each_field(message, [&](int field, std::uint64_t number, std::string_view bytes) {
    if (field == 1) scalar.first = bytes;
    if (field == 2) scalar.second = std::bit_cast<float>(static_cast<std::uint32_t>(number));
  });
  return scalar;
}

Event event_of(std::string_view message) {
  Event event;
  for_each_field(message, [&](int field, std::uint64_t number, std::string_view bytes) {
    if (field == 1) event.wall_time = std::bit_cast<double>(number);
    if (field == 2) event.step = static_cast<std::int64_t>(number);
    if (field == 3) event.file_version = bytes;
    if (field == 5) {
      for_each_field(bytes, [&](int, std::uint64_t, std::string_view value) {
        event.scalars.push_back(scalar_of(value));
      });
    }
    if (field == 7) event.is_start = bytes == std::string_view("\x08\x01");
  });
  return event;
}

// An independent reader: framing, both checksums of each record, and the protobuf.
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
    events.push_back(event_of(record));
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
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_TRUE(events[1].is_start);
  EXPECT_EQ(events[1].step, 1);
  EXPECT_EQ(events[2].step, 10);
  EXPECT_GT(events[2].wall_time, 1.7e9);
  ASSERT_EQ(events[2].scalars.size(), 2U);
  EXPECT_EQ(events[2].scalars[0].first, "train_nll");
  EXPECT_EQ(events[2].scalars[0].second, 2.5F);
  EXPECT_EQ(events[2].scalars[1].second, 1e-3F);
  EXPECT_TRUE(std::isnan(events[3].scalars.at(0).second));
}

// The scalars that a reader shows: at each START it drops earlier ones of that step and later.
std::vector<std::pair<std::int64_t, float>> shown(const fs::path& folder, std::string_view tag) {
  std::vector<std::pair<std::int64_t, float>> points;
  for (const auto& path : files_in(folder)) {
    for (const auto& event : events_of(path)) {
      if (event.is_start) {
        std::erase_if(points, [&](const auto& point) { return point.first >= event.step; });
      }
      for (const auto& [name, value] : event.scalars) {
        if (name == tag) points.emplace_back(event.step, value);
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
