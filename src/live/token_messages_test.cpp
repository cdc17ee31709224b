#include "live/token_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/decode.h"
#include "events/random_music.h"
#include "live/key_messages.h"

namespace pno::live {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kV = events::kPerformance;

std::vector<MidiMessage> messages_of(std::span<const events::Token> tokens, int transpose = 0) {
  TokenMessages messages(kV, transpose);
  std::vector<MidiMessage> result;
  for (const auto token : tokens) messages.add(token, result);
  messages.end_notes(result);
  return result;
}

TEST(TokenMessages, AreThoseOfTheDecodedMusic) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto tokens = events::random_canonical(seed, kV);
    EXPECT_THAT(messages_of(tokens), testing::UnorderedElementsAreArray(
                                         key_messages(events::decode(tokens, kV).performance)))
        << seed;
  }
}

TEST(TokenMessages, TimeIsTheSumOfTheShifts) {
  TokenMessages messages(kV);
  std::vector<MidiMessage> result;
  for (const auto token : {kV.bos(), kV.time_shift(30), kV.velocity(3), kV.time_shift(5)}) {
    messages.add(token, result);
  }
  EXPECT_EQ(messages.time_us(), 350'000);
  EXPECT_THAT(result, IsEmpty());
}

TEST(TokenMessages, TransposedNotesOutsideTheRangeAreLeftOut) {
  const std::vector<events::Token> tokens = {kV.velocity(16),  kV.note_on(120), kV.note_on(60),
                                             kV.time_shift(1), kV.note_off(60), kV.note_off(120)};
  const int velocity = kV.bin_velocity(16);
  EXPECT_THAT(
      messages_of(tokens, /*transpose=*/12),
      ElementsAre(MidiMessage::note_on(0, 72, velocity), MidiMessage::note_off(10'000, 72)));
}

TEST(TokenMessages, InvalidEventsLeaveNoNoteSounding) {
  const std::vector<events::Token> tokens = {kV.note_off(50), kV.note_on(60), kV.time_shift(1),
                                             kV.note_on(60), kV.time_shift(1)};
  const int velocity = kV.bin_velocity(kV.velocity_bins / 2);
  EXPECT_THAT(
      messages_of(tokens),
      ElementsAre(MidiMessage::note_on(0, 60, velocity), MidiMessage::note_off(10'000, 60),
                  MidiMessage::note_on(10'000, 60, velocity), MidiMessage::note_off(20'000, 60)));
}

}  // namespace
}  // namespace pno::live
