// Files that come from no writer: random music, broken files, noise. The seeds are fixed.

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "base/random.h"
#include "midi/invariants.h"
#include "midi/note_text.h"
#include "midi/smf_builder.h"
#include "midi/smf_reader.h"
#include "midi/smf_slow_reader.h"
#include "midi/smf_writer.h"

namespace pno::midi {
namespace {

Track random_track(RandomStream& random) {
  Track track;
  for (std::uint64_t events = random.below(80); events > 0; --events) {
    const auto delta = static_cast<std::uint32_t>(random.below(4));
    const auto pitch = static_cast<int>(60 + random.below(3));
    const auto channel = static_cast<int>(random.below(2));
    const auto value = static_cast<int>(random.below(128));
    switch (random.below(12)) {
      case 0:
      case 1:
      case 2:
        track.on(delta, pitch, value, channel);  // some of velocity 0
        break;
      case 3:
      case 4:
        track.off(delta, pitch, channel);
        break;
      case 5:
        track.sustain(delta, value, channel);
        break;
      case 6:
        track.control(delta, 66, value, channel);
        break;
      case 7:
        track.control(delta, random.below(2) == 0 ? 121 : 123, 0, channel);
        break;
      case 8:
        if (random.below(8) == 0) track.event(delta, {0xF0, 5, 0x7E, 0x7F, 9, 1, 0xF7});  // GM on
        break;
      case 9:
        if (random.below(4) == 0) track.port(delta, static_cast<int>(random.below(2)));
        break;
      default:
        track.tempo(delta, 1 + static_cast<int>(random.below(3'000'000)));
    }
  }
  return track;
}

// In half of the files every key is released at the end.
FileBytes random_file(std::uint64_t seed) {
  RandomStream random(seed, 0);
  const int division = static_cast<int>(1 + random.below(1000));
  const auto tracks = static_cast<int>(1 + random.below(3));
  FileBytes bytes = header(tracks == 1 ? 0 : 1, tracks, division);
  const bool releases_all = random.below(2) == 0;
  for (int i = 0; i < tracks; ++i) {
    Track track = random_track(random);
    for (int channel = 0; channel < 2; ++channel) {
      for (int pitch = 60; pitch < 63; ++pitch) {
        for (int strikes = 0; releases_all && strikes < 50; ++strikes) track.off(0, pitch, channel);
      }
    }
    bytes = joined({bytes, chunk("MTrk", track.end(1).bytes())});
  }
  return bytes;
}

void expect_sound(const FileBytes& bytes, const std::string& what) {
  const auto file = read_smf(bytes, {.max_notes = 100'000});
  if (!file) {
    EXPECT_FALSE(file.error().message.empty()) << what;
    return;
  }
  EXPECT_EQ(broken_invariant(file->performance), "") << what;
  const auto again = read_smf(write_smf(file->performance, {.every_microsecond = true}));
  ASSERT_TRUE(again.has_value()) << what << ": " << again.error().message;
  EXPECT_EQ(again->performance.notes, file->performance.notes) << what;
  EXPECT_EQ(again->performance.pedals, file->performance.pedals) << what;
  EXPECT_EQ(again->oddities.text(), "") << what;
}

TEST(SmfRandom, ReadsRandomMusicAsTheSlowReaderDoes) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const FileBytes bytes = random_file(seed);
    const auto file = read_smf(bytes);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    ASSERT_EQ(file->performance.notes, slow_notes(bytes)) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(expect_sound(bytes, fmt::format("seed {}", seed)));
  }
}

TEST(SmfRandom, IsNotBrokenByBytesThatAreChangedLostOrAdded) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    FileBytes bytes = random_file(seed);
    RandomStream random(seed, 1);
    for (std::uint64_t changes = 1 + random.below(8); changes > 0; --changes) {
      const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size()));
      const auto byte = static_cast<std::byte>(random.below(256));
      switch (random.below(4)) {
        case 0:
          bytes.erase(at);
          break;
        case 1:
          bytes.insert(at, byte);
          break;
        case 2:
          bytes.erase(at, std::min(bytes.end(), at + 20));
          break;
        default:
          *at = byte;
      }
      if (bytes.empty()) break;
    }
    ASSERT_NO_FATAL_FAILURE(expect_sound(bytes, fmt::format("seed {}", seed)));
  }
}

TEST(SmfRandom, IsNotBrokenByACutAnywhere) {
  const FileBytes whole = random_file(2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const FileBytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_NO_FATAL_FAILURE(expect_sound(part, fmt::format("cut at {}", size)));
  }
}

TEST(SmfRandom, IsNotBrokenByNoiseInATrack) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    RandomStream random(seed, 2);
    FileBytes noise(random.below(300));
    for (auto& byte : noise) byte = static_cast<std::byte>(random.below(256));
    const FileBytes bytes = joined(
        {header(static_cast<int>(random.below(3)), 1, static_cast<int>(random.bits() & 0xFFFF)),
         chunk("MTrk", noise)});
    ASSERT_NO_FATAL_FAILURE(expect_sound(bytes, fmt::format("seed {}", seed)));
  }
}

}  // namespace
}  // namespace pno::midi
