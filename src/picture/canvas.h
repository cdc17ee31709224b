#pragma once

// A Cairo surface that is written as a PNG or SVG file. Not thread-safe.

#include <cairo.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "picture/palette.h"
#include "picture/rectangle.h"

namespace pno::picture {

enum class TextSide { left, middle, right };

struct TextStyle {
  double size = 0;  // pixels
  Colour colour = {};
  TextSide side = TextSide::left;  // of the text, that is at its place
};

class Canvas {
 public:
  // Returns an error unless the name ends in .png or .svg, in upper or lower case.
  static Expected<Canvas> create(const std::filesystem::path& output, int width_px, int height_px);

  void fill(const Rectangle& area, const Colour& colour, double opacity = 1);
  // With corners rounded by `radius`, at most a quarter of the shorter side.
  void fill_rounded(const Rectangle& area, double radius, const Colour& colour, double opacity = 1);
  // A gradient from the first colour at the left to the last at the right.
  void fill_fading(const Rectangle& area, std::span<const Colour> colours);
  void line(Point from, Point to, double width, const Colour& colour);
  // A curve from one point to another, drawn towards y = `top` on its way.
  struct Arc {
    Point from, to;
    double top = 0;
  };
  void arc(const Arc& arc, double width, const Colour& colour, double opacity);
  void outline(const Rectangle& area, double width, const Colour& colour);
  // `at` is on the baseline. Control characters and bytes that are not UTF-8 are drawn as '?'.
  void text(Point at, const TextStyle& style, const std::string& text);
  double text_width(double size, const std::string& text);

  // Draws only within `area` until the matching unclip().
  void clip(const Rectangle& area);
  void unclip();

  // Writes the file with ReplacingFile. Call it once, last.
  Expected<void> commit();

 private:
  using Surface = std::unique_ptr<cairo_surface_t, decltype(&::cairo_surface_destroy)>;
  using Context = std::unique_ptr<cairo_t, decltype(&::cairo_destroy)>;

  Canvas(std::filesystem::path output, std::unique_ptr<std::string> svg, cairo_surface_t* surface);
  void use(const Colour& colour, double opacity);
  void use_font(double size);

  std::filesystem::path output_;
  std::unique_ptr<std::string> svg_;  // output of the surface; null for PNG
  Surface surface_;
  Context context_;
};

}  // namespace pno::picture
