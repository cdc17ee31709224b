#include "sound/live_synth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <complex>
#include <numbers>
#include <thread>
#include <vector>

namespace pno::sound {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr double kRate = 48000;

// The left channel of a sound file.
std::vector<float> left_of(const std::filesystem::path& path) {
  SF_INFO info{};
  SNDFILE* file = ::sf_open(path.c_str(), SFM_READ, &info);
  if (file == nullptr) return {};
  std::vector<float> both(static_cast<std::size_t>(info.frames * info.channels)), left;
  ::sf_readf_float(file, both.data(), info.frames);
  ::sf_close(file);
  for (std::size_t i = 0; i < both.size(); i += 2) left.push_back(both[i]);
  return left;
}

double strength(const std::vector<float>& samples, double hz) {
  const auto turn = std::polar(1.0, 2 * std::numbers::pi * hz / kRate);
  std::complex<double> phase = 1, sum = 0;
  for (const float sample : samples) {
    sum += phase * double{sample};
    phase *= turn;
  }
  return std::abs(sum);
}

TEST(LiveSynth, SoundsAtThePitchesOfTheKeys) {
  const auto drivers = audio_drivers();
  if (!drivers) GTEST_SKIP() << drivers.error().message;
  EXPECT_THAT(*drivers, Contains("file"));
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("pno-live-{}.wav", ::getpid());
  {
    auto synth = LiveSynth::open({.driver = "file", .file = path});
    ASSERT_TRUE(synth) << synth.error().message;
    EXPECT_EQ(synth->driver(), "file");
    for (const std::uint8_t pitch : {std::uint8_t{60}, std::uint8_t{69}})
      synth->send(std::array<std::uint8_t, 3>{0x90, pitch, 90});
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    synth->send(std::array<std::uint8_t, 3>{0x90, 60, 0});
    synth->send(std::array<std::uint8_t, 3>{0x80, 69, 0});
  }
  const auto samples = left_of(path);
  std::filesystem::remove(path);
  ASSERT_GT(samples.size(), 0.3 * kRate);
  for (const double hz : {261.6, 440.0}) {
    double best = 0;
    for (double near = hz - 3; near <= hz + 3; near += 0.5) {
      best = std::max(best, strength(samples, near));
    }
    EXPECT_GT(best, 10 * strength(samples, hz * 1.06)) << hz;
    EXPECT_GT(best, 10 * strength(samples, hz * 0.94)) << hz;
  }
}

TEST(LiveSynth, RefusesADriverThatIsNotThere) {
  const auto synth = LiveSynth::open({.driver = "gramophone"});
  ASSERT_FALSE(synth);
  EXPECT_EQ(synth.error().kind, Error::Kind::usage);
  EXPECT_THAT(synth.error().message, HasSubstr("file"));
}

TEST(LiveSynth, RefusesOptionsOutOfRange) {
  EXPECT_FALSE(LiveSynth::open({.driver = "file", .period_frames = 7}));
  EXPECT_FALSE(LiveSynth::open({.driver = "file", .sample_rate = 1}));
}

}  // namespace
}  // namespace pno::sound
