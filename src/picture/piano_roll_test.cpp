#include "picture/piano_roll.h"

#include <cairo.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstring>

#include "base/file.h"
#include "picture/layout.h"
#include "picture/palette.h"

namespace pno::picture {
namespace {

using midi::Note;
using midi::Performance;
using testing::HasSubstr;
using testing::StartsWith;

Note note(int pitch, int velocity, double start_s, double key_s, double sound_s = 0) {
  return {.start_us = std::llround(start_s * 1e6),
          .length_us = static_cast<std::uint32_t>(std::max(key_s, sound_s) * 1e6),
          .key_length_us = static_cast<std::uint32_t>(key_s * 1e6),
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = static_cast<std::uint8_t>(velocity)};
}

Performance music(std::vector<Note> notes) {
  return {.notes = std::move(notes), .pedals = {}};
}

// A PNG file's pixels.
class Pixels {
 public:
  explicit Pixels(const std::filesystem::path& path)
      : surface_(::cairo_image_surface_create_from_png(path.c_str())) {
    EXPECT_EQ(::cairo_surface_status(surface_), CAIRO_STATUS_SUCCESS);
  }
  Pixels(const Pixels&) = delete;
  Pixels& operator=(const Pixels&) = delete;
  ~Pixels() { ::cairo_surface_destroy(surface_); }

  int width() const { return ::cairo_image_surface_get_width(surface_); }
  int height() const { return ::cairo_image_surface_get_height(surface_); }
  Colour at(double x, double y) const {
    const std::ptrdiff_t stride_bytes = ::cairo_image_surface_get_stride(surface_);
    const auto* row =
        ::cairo_image_surface_get_data(surface_) + static_cast<std::ptrdiff_t>(y) * stride_bytes;
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, row + std::ptrdiff_t{4} * static_cast<std::ptrdiff_t>(x), sizeof pixel);
    return rgb(static_cast<int>(pixel & 0xffffffU));
  }

 private:
  cairo_surface_t* surface_;
};

class PianoRoll : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("pno-roll-{}", ::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::filesystem::path path(const char* name) const { return folder_ / name; }
  Expected<void> draw(const Performance& performance, const char* name,
                      const PianoRollOptions& options = {}) const {
    return draw_piano_roll(performance, path(name), options);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  // The colour in the middle of a pitch's row at a time.
  Colour colour(const Performance& performance, double time_s, int pitch,
                const PianoRollOptions& options = {}, double row_share = 0.5) const {
    EXPECT_TRUE(draw(performance, "roll.png", options));
    const auto layout = lay_out(performance, options);
    EXPECT_TRUE(layout);
    return Pixels(path("roll.png"))
        .at(layout->x(time_s), layout->top(pitch) + layout->row_px() * row_share);
  }

 private:
  std::filesystem::path folder_;
};

constexpr double kOneShade = 1.5 / 255;  // rounding to eight bits

void expect_colour(const Colour& found, const Colour& expected) {
  EXPECT_NEAR(found.red, expected.red, kOneShade);
  EXPECT_NEAR(found.green, expected.green, kOneShade);
  EXPECT_NEAR(found.blue, expected.blue, kOneShade);
}

TEST(Palette, LouderNotesAreDarker) {
  for (int velocity = 21; velocity <= 110; ++velocity) {
    EXPECT_LT(touch_colour(velocity).luma(), touch_colour(velocity - 1).luma()) << velocity;
  }
}

TEST_F(PianoRoll, NoteIsAtItsPitchAndTimeInTheColourOfItsVelocity) {
  const auto one = music({note(60, 90, 2, 2), note(67, 40, 5, 1)});
  expect_colour(colour(one, 3.0, 60), touch_colour(90));
  expect_colour(colour(one, 5.5, 67), touch_colour(40));
  expect_colour(colour(one, 1.8, 60), kPaper);
  expect_colour(colour(one, 4.2, 60), kPaper);
  expect_colour(colour(one, 3.3, 62), kPaper);
}

TEST_F(PianoRoll, PedalledPartOfANoteIsLighterAndThinner) {
  const auto held = music({note(60, 90, 1, 1, 3)});
  const double key = colour(held, 1.3, 60).luma(), pedal = colour(held, 2.8, 60).luma();
  EXPECT_LT(key, pedal);
  EXPECT_LT(pedal, kPaper.luma());
  constexpr double kNearTheEdge = 0.2;  // of the row
  expect_colour(colour(held, 1.3, 60, {}, kNearTheEdge), touch_colour(90));
  expect_colour(colour(held, 2.8, 60, {}, kNearTheEdge), kPaper);
}

TEST_F(PianoRoll, PedalsAreDrawnInAStrip) {
  auto held = music({note(60, 90, 1, 4)});
  held.pedals = {{.start_us = 2'000'000, .end_us = 3'000'000}};
  ASSERT_TRUE(draw(held, "roll.png"));
  const auto layout = lay_out(held, {});
  const Pixels pixels(path("roll.png"));
  const double y = layout->pedals.y + layout->pedals.height / 2;
  expect_colour(pixels.at(layout->x(2.5), y), kPedalStrip);
  expect_colour(pixels.at(layout->x(1.5), y), kPaper);
}

TEST_F(PianoRoll, LineMarksTheEndOfThePrime) {
  const auto one = music({note(60, 90, 0, 8)});
  expect_colour(colour(one, 3.3, 64, {.prime_s = 3.3}), kPrimeLine);
  expect_colour(colour(one, 3.3, 64), kPaper);
}

TEST_F(PianoRoll, DrawsOnlyTheRequestedPart) {
  const auto two = music({note(60, 90, 1, 2), note(100, 90, 50, 2)});
  const auto layout = lay_out(two, {.from_s = 49, .seconds = 5});
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->notes, 1);
  EXPECT_GT(layout->lowest_pitch, 60);
  expect_colour(colour(two, 51, 100, {.from_s = 49, .seconds = 5}), touch_colour(90));
}

TEST_F(PianoRoll, DrawsAnHour) {
  Performance hour;
  for (int i = 0; i < 36000; ++i) {
    hour.notes.push_back(note(40 + i * 7 % 50, 30 + i % 80, i * 0.1, 0.2));
  }
  ASSERT_TRUE(draw(hour, "hour.png"));
  const Pixels pixels(path("hour.png"));
  EXPECT_EQ(pixels.width(), 16000);
  EXPECT_EQ(pixels.height(), 480);
}

TEST_F(PianoRoll, ShortestNoteIsVisibleInALongPiece) {
  const auto piece = music({note(48, 90, 0, 3000), note(60, 90, 1500, 0.01)});
  EXPECT_LT(colour(piece, 1500.05, 60).luma(), kPaper.luma() - 0.2);
}

TEST_F(PianoRoll, HasTheRequestedSize) {
  ASSERT_TRUE(draw(music({note(60, 90, 0, 8)}), "roll.PNG", {.width_px = 640, .height_px = 200}));
  const Pixels pixels(path("roll.PNG"));
  EXPECT_EQ(pixels.width(), 640);
  EXPECT_EQ(pixels.height(), 200);
}

TEST_F(PianoRoll, WritesSvgIfTheNameEndsInSvg) {
  ASSERT_TRUE(draw(music({note(60, 90, 0, 8)}), "roll.Svg"));
  const auto text = read_text(path("roll.Svg"));
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, StartsWith("<?xml"));
  EXPECT_THAT(*text, HasSubstr("</svg>"));
}

TEST_F(PianoRoll, DrawsATitleThatIsNotUtf8) {
  EXPECT_TRUE(draw(music({note(60, 90, 0, 8)}), "roll.png", {.title = "Pr\xe9lude \xff\xc3 \n"}));
}

TEST_F(PianoRoll, SameMusicGivesTheSameBytes) {
  const auto piece = music({note(60, 90, 0, 8), note(64, 30, 1, 2)});
  ASSERT_TRUE(draw(piece, "a.png"));
  ASSERT_TRUE(draw(piece, "b.png"));
  EXPECT_EQ(read_text(path("a.png")).value(), read_text(path("b.png")).value());
}

TEST_F(PianoRoll, RefusesInvalidInputAndLeavesNoFile) {
  const auto piece = music({note(60, 90, 0, 8)});
  const auto refused = [&](const Performance& performance, const char* name,
                           const PianoRollOptions& options, const char* part, Error::Kind kind) {
    const auto drawn = draw(performance, name, options);
    ASSERT_FALSE(drawn) << part;
    EXPECT_THAT(drawn.error().message, HasSubstr(part));
    EXPECT_EQ(drawn.error().kind, kind) << part;
  };
  using Kind = Error::Kind;
  refused({}, "roll.png", {}, "the music has no notes", Kind::input);
  refused(piece, "roll.jpg", {}, ".png or .svg", Kind::usage);
  refused(piece, "roll.png", {.width_px = 100000}, "width of 100000", Kind::usage);
  refused(piece, "roll.png", {.height_px = 3}, "height of 3", Kind::usage);
  refused(piece, "roll.png", {.from_s = -1}, "negative", Kind::usage);
  refused(piece, "roll.png", {.prime_s = std::nan("")}, "negative or NaN", Kind::usage);
  refused(piece, "roll.png", {.from_s = 60}, "the music ends at 8.0 s", Kind::input);
  refused(piece, "no/such/folder/roll.png", {}, "cannot be written", Kind::input);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace pno::picture
