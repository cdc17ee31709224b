#include "sound/soundfont.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "sound/fluid_library.h"
#include "sound/synth.h"

namespace pno::sound {
namespace {

using testing::HasSubstr;

// Sets $PNO_SOUNDFONT for a scope.
class ChosenSoundfont {
 public:
  explicit ChosenSoundfont(const char* path) {
    if (const char* before = std::getenv(kName)) before_ = before;
    ::setenv(kName, path, 1);
  }
  ChosenSoundfont(const ChosenSoundfont&) = delete;
  ChosenSoundfont& operator=(const ChosenSoundfont&) = delete;
  ~ChosenSoundfont() {
    if (before_.empty()) {
      ::unsetenv(kName);
    } else {
      ::setenv(kName, before_.c_str(), 1);
    }
  }

 private:
  static constexpr const char* kName = "PNO_SOUNDFONT";
  std::string before_;
};

TEST(Soundfont, EnvironmentVariableSelectsIt) {
  const ChosenSoundfont chosen(PNO_SOURCE_DIR "/CMakeLists.txt");
  EXPECT_EQ(find_soundfont(), std::filesystem::path(PNO_SOURCE_DIR "/CMakeLists.txt"));
}

TEST(Soundfont, MissingSelectionIsAnError) {
  const ChosenSoundfont chosen("/nowhere/piano.sf2");
  const auto found = find_soundfont();
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("/nowhere/piano.sf2"));
  EXPECT_THAT(found.error().message, HasSubstr("PNO_SOUNDFONT"));
}

// The render tests play with it, so it is whole.
TEST(Soundfont, TheDefaultIsThePianoOfPno) {
  const ChosenSoundfont chosen("");
  const auto found = find_soundfont();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->filename(), "piano.sf3");
  EXPECT_EQ(std::filesystem::canonical(*found), PNO_SOURCE_DIR "/data/piano/piano.sf3");
}

TEST(Soundfont, ThePianoIsNotTakenForAnotherProgram) {
  const ChosenSoundfont chosen("");
  const auto found = find_soundfont(/*program=*/6);
  if (found) {
    EXPECT_NE(found->filename(), "piano.sf3");
  } else {
    EXPECT_THAT(found.error().message, HasSubstr("no SoundFont with program 6"));
  }
}

TEST(Synth, RefusesAFileThatIsNotASoundfont) {
  const auto synth = Synth::open({.soundfont = PNO_SOURCE_DIR "/CMakeLists.txt"});
  ASSERT_FALSE(synth);
  EXPECT_THAT(synth.error().message, HasSubstr("CMakeLists.txt: is not a SoundFont"));
}

// A file of these bytes, as long as this object lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes)
      : path_(std::filesystem::temp_directory_path() / fmt::format("pno-font-{}.sf2", ::getpid())) {
    EXPECT_TRUE(replace_file(path_, bytes));
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Synth, ErrorSaysThatASoundfontIsTruncated) {
  using namespace std::string_view_literals;
  const TemporaryFile font("RIFF\x00\x01\x00\x00sfbk"sv);
  const auto synth = Synth::open({.soundfont = font.path()});
  ASSERT_FALSE(synth);
  EXPECT_THAT(synth.error().message, HasSubstr("264 bytes that was cut short at byte 12"));
}

TEST(Synth, MessagesOfFluidSynthBecomeTheError) {
  using namespace std::string_view_literals;
  const TemporaryFile font("RIFF\x0c\x00\x00\x00sfbkLIST\x00\x00\x00\x00"sv);
  testing::internal::CaptureStderr();
  const auto synth = Synth::open({.soundfont = font.path()});
  const auto printed = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(synth);
  EXPECT_THAT(synth.error().message, HasSubstr("is a SoundFont that FluidSynth cannot read"));
  EXPECT_THAT(printed, testing::Not(HasSubstr("fluidsynth:")));
}

TEST(Synth, MissingSoundfontIsAnError) {
  const auto synth = Synth::open({.soundfont = "/nowhere/piano.sf2"});
  ASSERT_FALSE(synth);
  EXPECT_THAT(synth.error().message, HasSubstr("/nowhere/piano.sf2: cannot be read"));
}

TEST(FluidLibrary, ErrorNamesTheMissingPackage) {
  const auto library = FluidLibrary::load("libno-such-synthesiser.so");
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("libfluidsynth3"));
}

TEST(FluidLibrary, RefusesALibraryWithoutItsFunctions) {
  const auto library = FluidLibrary::load("libm.so.6");
  ASSERT_FALSE(library);
  EXPECT_THAT(library.error().message, HasSubstr("new_fluid_settings"));
}

}  // namespace
}  // namespace pno::sound
