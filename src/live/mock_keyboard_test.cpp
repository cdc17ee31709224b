#include "live/mock_keyboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace pno::live {
namespace {

midi::Performance scale() {
  midi::Performance performance;
  for (int i = 0; i < 100; ++i) {
    performance.notes.push_back({.start_us = i * 150'000,
                                 .length_us = 400'000,
                                 .key_length_us = 400'000,
                                 .pitch = static_cast<std::uint8_t>(40 + i % 30),
                                 .velocity = 80});
  }
  performance.pedals.push_back({.start_us = 100'000, .end_us = 9'000'000});
  return performance;
}

TEST(MockKeyboard, PlaysPhrasesWithPausesAndReleasesAllKeys) {
  const auto messages = mock_messages(scale(), {.seconds = 120});
  std::multiset<int> down;
  std::int64_t before_us = 0;
  int pauses = 0;
  bool pedal = false;
  for (const auto& message : messages) {
    EXPECT_GE(message.time_us, before_us);
    if (message.time_us - before_us > 1'400'000) {
      ++pauses;
      EXPECT_TRUE(down.empty());
      EXPECT_FALSE(pedal);
    }
    before_us = message.time_us;
    if (message.is_note_on()) down.insert(message.pitch());
    if (message.is_note_off()) down.erase(message.pitch());
    if (message.is_control(kSustainController)) pedal = message.pedal_is_down();
  }
  EXPECT_TRUE(down.empty());
  EXPECT_GT(pauses, 7);
  EXPECT_GT(before_us, 100'000'000);
}

TEST(MockKeyboard, SameSeedPlaysTheSame) {
  EXPECT_EQ(mock_messages(scale(), {.seconds = 30, .seed = 3}),
            mock_messages(scale(), {.seconds = 30, .seed = 3}));
  EXPECT_NE(mock_messages(scale(), {.seconds = 30, .seed = 3}),
            mock_messages(scale(), {.seconds = 30, .seed = 4}));
}

TEST(MockKeyboard, SendsEverythingFasterThanRealTime) {
  const Clock clock(/*speed=*/200);
  const auto messages = mock_messages(scale(), {.seconds = 20});
  std::vector<std::uint8_t> sent;
  const auto expected = std::count_if(messages.begin(), messages.end(),
                                      [](const auto& m) { return m.time_us < 20'000'000; });
  std::int64_t count = 0;
  {
    MockKeyboard keyboard(messages, clock, 20, [&](auto bytes) {
      sent.insert(sent.end(), bytes.begin(), bytes.end());
      ++count;
    });
    for (int i = 0; i < 5000 && !keyboard.is_done(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(keyboard.is_done());
  }
  EXPECT_EQ(count, expected);
  EXPECT_EQ(sent.size(), 3U * static_cast<std::size_t>(expected));
}

}  // namespace
}  // namespace pno::live
