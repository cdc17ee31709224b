#pragma once

// A Cairo surface that becomes a PNG or an SVG file, written aside and renamed.

#include <cairo.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "picture/palette.h"
#include "picture/rectangle.h"

namespace pno::picture {

enum class TextSide { left, middle, right };  // of the text, that stands at x

class Canvas {
 public:
  // Fails for a name that ends neither in .png nor in .svg, in capitals or not.
  static Expected<Canvas> create(const std::filesystem::path& output, int width_px, int height_px);

  void fill(const Rectangle& area, const Colour& colour, double opacity = 1);
  // Corners rounded by `radius`, where there is room for it.
  void fill_rounded(const Rectangle& area, double radius, const Colour& colour, double opacity = 1);
  // From the first colour at the left to the last at the right.
  void fill_fading(const Rectangle& area, std::span<const Colour> colours);
  void line(double x1, double y1, double x2, double y2, double width, const Colour& colour);
  // y is that of the baseline. What is no UTF-8 becomes '?'.
  void text(double x, double y, TextSide side, double size, const Colour& colour,
            const std::string& text);
  double text_width(double size, const std::string& text);

  // Until the matching unclip(), nothing is drawn outside.
  void clip(const Rectangle& area);
  void unclip();

  // Writes the file.
  Expected<void> commit();

 private:
  using Surface = std::unique_ptr<cairo_surface_t, decltype(&::cairo_surface_destroy)>;
  using Context = std::unique_ptr<cairo_t, decltype(&::cairo_destroy)>;

  Canvas(std::filesystem::path output, std::unique_ptr<std::string> svg, cairo_surface_t* surface);
  void use(const Colour& colour, double opacity);
  void use_font(double size);

  std::filesystem::path output_;
  std::unique_ptr<std::string> svg_;  // what the surface wrote; null for PNG
  Surface surface_;
  Context context_;
};

}  // namespace pno::picture
