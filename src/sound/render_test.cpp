#include "sound/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <complex>

#include <fstream>
#include <numbers>
#include <span>
#include <vector>

#include "base/interrupt.h"

namespace pno::sound {
namespace {

using midi::Note;
using midi::Performance;
using testing::HasSubstr;

constexpr double kRate = 44100;
constexpr std::uint32_t kSecond = 1'000'000;
constexpr double kSilence = 1e-3;  // -60 dBFS, which no ear finds after a piano at -1

Note note(int pitch, int velocity, double start_s, double key_s, double sound_s = 0) {
  return {.start_us = std::llround(start_s * kSecond),
          .length_us = static_cast<std::uint32_t>(std::max(key_s, sound_s) * kSecond),
          .key_length_us = static_cast<std::uint32_t>(key_s * kSecond),
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = static_cast<std::uint8_t>(velocity)};
}

// The left channel of a sound file.
struct Sound {
  SF_INFO info{};
  std::vector<float> left;

  explicit Sound(const std::filesystem::path& path) {
    SNDFILE* file = ::sf_open(path.c_str(), SFM_READ, &info);
    if (file == nullptr) return;
    std::vector<float> both(static_cast<std::size_t>(info.frames * info.channels));
    ::sf_readf_float(file, both.data(), info.frames);
    ::sf_close(file);
    for (std::size_t i = 0; i < both.size(); i += 2) left.push_back(both[i]);
  }

  std::span<const float> between(double from_s, double to_s) const {
    const auto from = static_cast<std::size_t>(from_s * kRate);
    const auto to = std::min(left.size(), static_cast<std::size_t>(to_s * kRate));
    return std::span(left).subspan(from, to - from);
  }
  double rms(double from_s, double to_s) const {
    double sum = 0;
    const auto part = between(from_s, to_s);
    for (const float sample : part) sum += double{sample} * sample;
    return std::sqrt(sum / static_cast<double>(part.size()));
  }
  // The strongest frequency among whole Hz.
  int pitch_hz(double from_s, double to_s) const {
    int best_hz = 0;
    double best = 0;
    for (int hz = 50; hz <= 2000; ++hz) {
      const auto turn = std::polar(1.0, 2 * std::numbers::pi * hz / kRate);
      std::complex<double> phase = 1, sum = 0;
      for (const float sample : between(from_s, to_s)) {
        sum += phase * double{sample};
        phase *= turn;
      }
      if (std::abs(sum) > best) {
        best = std::abs(sum);
        best_hz = hz;
      }
    }
    return best_hz;
  }
};

class Render : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto soundfont = find_soundfont(); !soundfont) {
      GTEST_SKIP() << soundfont.error().message;
    }
    folder_ = std::filesystem::temp_directory_path() / fmt::format("pno-render-{}", ::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    set_interrupted(false);
  }

  std::filesystem::path path(const char* name) const { return folder_ / name; }

  Sound sound(const Performance& performance, const RenderOptions& options = {}) const {
    const auto rendered = render(performance, path("sound.wav"), options, {});
    EXPECT_TRUE(rendered) << rendered.error().message;
    return Sound(path("sound.wav"));
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(Render, A4SoundsAt440Hz) {
  constexpr int kToleranceHz = 3;  // two bins of half a second; pianos are tuned stretched
  const auto result = sound({.notes = {note(69, 80, 0, 1)}, .pedals = {}});
  EXPECT_NEAR(result.pitch_hz(0.2, 0.7), 440, kToleranceHz);
}

TEST_F(Render, EndsWhenTheStringsAreSilent) {
  const auto result = sound({.notes = {note(60, 80, 1.25, 0.5)}, .pedals = {}});
  EXPECT_EQ(result.info.samplerate, 44100);
  EXPECT_EQ(result.info.channels, 2);
  const double length_s = static_cast<double>(result.info.frames) / kRate;
  EXPECT_GT(length_s, 1.75);
  EXPECT_LT(length_s, 4);
  EXPECT_GT(result.rms(length_s - 0.25, length_s - 0.15), kSilence / 10);
  EXPECT_LT(result.rms(length_s - 0.1, length_s), kSilence);
}

TEST_F(Render, TailIsAtMostAsLongAsAsked) {
  const auto result =
      sound({.notes = {note(60, 80, 1.25, 0.5)}, .pedals = {}}, {.tail_seconds = 0.1});
  EXPECT_EQ(result.info.frames, std::llround(1.85 * kRate));
}

TEST_F(Render, IsSilentBeforeTheFirstNote) {
  const auto result = sound({.notes = {note(60, 80, 1, 0.5)}, .pedals = {}});
  EXPECT_EQ(result.rms(0, 0.99), 0);
  EXPECT_GT(result.rms(1.0, 1.5), 30 * kSilence);
}

TEST_F(Render, NotesStartWithinABlockOfTheirTime) {
  constexpr double kBlock = 64 / kRate, kAttack = 0.012;  // until a hammer's sound is loud
  const auto result = sound({.notes = {note(72, 127, 1.2345, 0.5)}, .pedals = {}});
  const auto first = std::find_if(result.left.begin(), result.left.end(),
                                  [](float sample) { return std::abs(sample) > 0.01F; });
  const double onset_s = static_cast<double>(first - result.left.begin()) / kRate;
  EXPECT_GE(onset_s, 1.2345 - kBlock);
  EXPECT_LE(onset_s, 1.2345 + kBlock + kAttack);
}

TEST_F(Render, PedalSustainsNotes) {
  const Performance dry{.notes = {note(60, 90, 0, 0.3)}, .pedals = {}};
  const Performance wet{.notes = {note(60, 90, 0, 0.3, 2.0)},
                        .pedals = {{.start_us = 100'000, .end_us = 2 * kSecond}}};
  EXPECT_GT(sound(wet).rms(1.2, 1.8), 10 * sound(dry).rms(1.2, 1.8));
}

TEST_F(Render, PedalOfAnotherChannelSustainsNothing) {
  const Performance dry{.notes = {note(60, 90, 0, 0.3)}, .pedals = {}};
  Performance other = dry;
  other.pedals = {{.start_us = 100'000, .end_us = 2 * kSecond, .channel = 5}};
  EXPECT_EQ(sound(other).left, sound(dry).left);
}

TEST_F(Render, HigherVelocityIsLouder) {
  const Performance both{.notes = {note(60, 40, 0, 0.5), note(60, 110, 2, 0.5)}, .pedals = {}};
  const auto result = sound(both);
  EXPECT_GT(result.rms(2.0, 2.4), 2 * result.rms(0.0, 0.4));
}

TEST_F(Render, NormalisedPeakIsMinusOneDecibel) {
  constexpr double kOneStep = 1.0 / 32767;
  for (const int velocity : {1, 64, 127}) {
    Performance chord;
    for (int pitch = 36; pitch < 96; pitch += 4) chord.notes.push_back(note(pitch, velocity, 0, 1));
    const auto rendered = render(chord, path("chord.wav"), {}, {});
    ASSERT_TRUE(rendered) << rendered.error().message;
    EXPECT_NEAR(rendered->peak, std::pow(10, -1 / 20.0), kOneStep) << velocity;
    EXPECT_GT(rendered->rms, 0.01);
    EXPECT_LT(rendered->rms, rendered->peak);
  }
}

TEST_F(Render, FixedGainIsNotNormalised) {
  const Performance one{.notes = {note(60, 80, 0, 0.5)}, .pedals = {}};
  const double quiet = sound(one, {.gain = 0.5}).rms(0, 0.5);
  EXPECT_NEAR(sound(one, {.gain = 1}).rms(0, 0.5), 2 * quiet, 0.01 * quiet);
}

TEST_F(Render, TenthChannelPlaysPiano) {
  auto drum = note(60, 80, 0, 0.5);
  const Performance piano{.notes = {drum}, .pedals = {}};
  drum.channel = 9;
  EXPECT_EQ(sound({.notes = {drum}, .pedals = {}}).left, sound(piano).left);
}

TEST_F(Render, SameMusicGivesTheSameBytes) {
  const Performance one{.notes = {note(60, 80, 0, 0.5), note(64, 70, 0.3, 0.5)}, .pedals = {}};
  const auto bytes = [&](const char* name) {
    EXPECT_TRUE(render(one, path(name), {}, {}));
    std::ifstream file(path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(bytes("first.wav"), bytes("second.wav"));
}

TEST_F(Render, FlacHoldsTheSameSamplesInFewerBytes) {
  const Performance one{.notes = {note(60, 80, 0, 0.5)}, .pedals = {}};
  ASSERT_TRUE(render(one, path("sound.FLAC"), {}, {}));
  EXPECT_EQ(Sound(path("sound.FLAC")).left, sound(one).left);
  EXPECT_LT(std::filesystem::file_size(path("sound.FLAC")),
            std::filesystem::file_size(path("sound.wav")));
}

TEST_F(Render, OggIsSmallAndTheSameEachTime) {
  const Performance one{.notes = {note(69, 80, 0, 1)}, .pedals = {}};
  const auto bytes = [&](const char* name) {
    EXPECT_TRUE(render(one, path(name), {}, {}));
    std::ifstream file(path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto first = bytes("first.ogg");
  EXPECT_EQ(first, bytes("second.ogg"));
  const Sound ogg(path("first.ogg")), wav = sound(one);
  ASSERT_FALSE(ogg.left.empty()) << "its checksums are wrong";
  EXPECT_EQ(ogg.left.size(), wav.left.size());
  EXPECT_NEAR(ogg.pitch_hz(0.2, 0.7), 440, 3);
  EXPECT_NEAR(ogg.rms(0, 1), wav.rms(0, 1), 0.05 * wav.rms(0, 1));
  EXPECT_LT(5 * first.size(), std::filesystem::file_size(path("sound.wav")));
}

TEST_F(Render, RefusesMusicWithoutNotesAndLeavesNoFile) {
  const auto rendered = render({}, path("empty.wav"), {}, {});
  ASSERT_FALSE(rendered);
  EXPECT_THAT(rendered.error().message, HasSubstr("has no notes"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(Render, InterruptLeavesNoFile) {
  set_interrupted(true);
  const auto rendered =
      render({.notes = {note(60, 80, 0, 0.5)}, .pedals = {}}, path("sound.wav"), {}, {});
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().kind, Error::Kind::interrupted);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Render, RefusesAnUnknownSoundFormat) {
  const auto rendered =
      render({.notes = {note(60, 80, 0, 0.5)}, .pedals = {}}, path("sound.mp3"), {}, {});
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().kind, Error::Kind::usage);
  EXPECT_THAT(rendered.error().message, HasSubstr(".flac"));
}

// /dev/full refuses every byte, as a full disk does.
TEST_F(Render, FullDiskIsAnError) {
  std::filesystem::create_symlink("/dev/full", path("full.wav"));
  const auto rendered =
      render({.notes = {note(60, 80, 0, 0.5)}, .pedals = {}}, path("full.wav"), {}, {});
  ASSERT_FALSE(rendered);
  EXPECT_THAT(rendered.error().message, HasSubstr("full.wav: cannot be written: No space left"));
}

TEST_F(Render, RefusesAWavFileOfMoreThanFourGigabytes) {
  const Performance day{.notes = {note(60, 80, 23 * 3600.0, 1)}, .pedals = {}};
  const auto rendered = render(day, path("day.wav"), {}, {});
  ASSERT_FALSE(rendered);
  EXPECT_THAT(rendered.error().message, HasSubstr("23.0 hours"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(Render, RefusesOptionsOutOfRange) {
  const Performance one{.notes = {note(60, 80, 0, 0.5)}, .pedals = {}};
  for (const RenderOptions& options :
       {RenderOptions{.sample_rate = 4000}, RenderOptions{.gain = -1},
        RenderOptions{.gain = std::nan("")}, RenderOptions{.tail_seconds = 1e9},
        RenderOptions{.program = 128}}) {
    const auto rendered = render(one, path("sound.wav"), options, {});
    ASSERT_FALSE(rendered);
    EXPECT_EQ(rendered.error().kind, Error::Kind::usage);
    EXPECT_THAT(rendered.error().message, HasSubstr("out of"));
  }
}

TEST_F(Render, ReportsProgressToTheEnd) {
  std::int64_t reached = -1, expected = 0;
  ASSERT_TRUE(render({.notes = {note(60, 80, 0, 4)}, .pedals = {}}, path("sound.wav"), {},
                     [&](std::int64_t done, std::int64_t total) {
                       EXPECT_GE(done, reached);
                       reached = done;
                       expected = total;
                     }));
  EXPECT_EQ(reached, 9);
  EXPECT_EQ(expected, 9);
}

}  // namespace
}  // namespace pno::sound
