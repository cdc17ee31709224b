#include "picture/canvas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>

#include "base/file.h"

namespace pno::picture {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Colour kRed{.red = 1, .green = 0, .blue = 0};
constexpr int kWidth = 60, kHeight = 40;

class CanvasTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "pno_canvas_test_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Canvas create(const fs::path& path) {
    auto canvas = Canvas::create(path, kWidth, kHeight);
    EXPECT_TRUE(canvas.has_value()) << canvas.error().message;
    return std::move(*canvas);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

std::string content(const fs::path& path) {
  return read_text(path).value_or("");
}

// The pixel at (x, y) of a PNG file, 0xRRGGBB.
unsigned pixel(const fs::path& path, int x, int y) {
  auto* surface = ::cairo_image_surface_create_from_png(path.c_str());
  EXPECT_EQ(::cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  EXPECT_EQ(::cairo_image_surface_get_width(surface), kWidth);
  EXPECT_EQ(::cairo_image_surface_get_height(surface), kHeight);
  const auto* row = ::cairo_image_surface_get_data(surface) +
                    static_cast<std::ptrdiff_t>(y) * ::cairo_image_surface_get_stride(surface);
  unsigned value = 0;
  std::memcpy(&value, row + 4 * static_cast<std::ptrdiff_t>(x), sizeof(value));
  ::cairo_surface_destroy(surface);
  return value & 0xFFFFFFU;
}

TEST_F(CanvasTest, WritesAPng) {
  auto canvas = create(folder_ / "a.PNG");
  canvas.fill({0, 0, kWidth, kHeight}, {.red = 1, .green = 1, .blue = 1});
  canvas.clip({0, 0, 20, kHeight});
  canvas.fill({10, 10, 40, 20}, kRed);
  canvas.unclip();
  ASSERT_TRUE(canvas.commit().has_value());
  EXPECT_EQ(pixel(folder_ / "a.PNG", 15, 20), 0xFF0000U);
  EXPECT_EQ(pixel(folder_ / "a.PNG", 5, 20), 0xFFFFFFU);
  EXPECT_EQ(pixel(folder_ / "a.PNG", 30, 20), 0xFFFFFFU) << "outside the clip";
}

TEST_F(CanvasTest, WritesAnSvg) {
  auto canvas = create(folder_ / "a.svg");
  canvas.line({0, 0}, {kWidth, kHeight}, 2, kRed);
  ASSERT_TRUE(canvas.commit().has_value());
  const auto svg = content(folder_ / "a.svg");
  EXPECT_THAT(svg, StartsWith("<?xml"));
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
}

TEST_F(CanvasTest, RefusesOtherEndings) {
  for (const auto* name : {"a", "a.jpg", "a.png.gz", ".svg"}) {
    const auto canvas = Canvas::create(folder_ / name, kWidth, kHeight);
    ASSERT_FALSE(canvas.has_value()) << name;
    EXPECT_EQ(canvas.error().kind, Error::Kind::usage);
    EXPECT_THAT(canvas.error().message, HasSubstr("written as .png or .svg"));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(CanvasTest, WithoutCommitWritesNoFile) {
  {
    auto canvas = create(folder_ / "a.svg");
    canvas.fill({0, 0, 10, 10}, kRed);
    auto other = create(folder_ / "a.png");
    other.fill({0, 0, 10, 10}, kRed);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(CanvasTest, FailedCommitLeavesNoFile) {
  auto canvas = create(folder_ / "missing" / "a.png");
  canvas.fill({0, 0, 10, 10}, kRed);
  const auto written = canvas.commit();
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error().message, HasSubstr("missing/a.png: cannot be written"));
  EXPECT_EQ(files(), 0U);
}

// Cairo would refuse everything after the first string that is not UTF-8.
TEST_F(CanvasTest, DrawsInvalidUtf8AsQuestionMarks) {
  auto canvas = create(folder_ / "a.png");
  EXPECT_EQ(canvas.text_width(10, "caf\xe9\x01"), canvas.text_width(10, "caf??"));
  canvas.text({5, 20}, {.size = 10, .colour = kRed}, "caf\xe9");
  EXPECT_TRUE(canvas.commit().has_value());
}

}  // namespace
}  // namespace pno::picture
