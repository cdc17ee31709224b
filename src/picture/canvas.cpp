#include "picture/canvas.h"

#include <cairo-svg.h>

#include <algorithm>
#include <numbers>

#include "base/ascii.h"
#include "base/file.h"
#include "base/utf8.h"

#ifdef __SANITIZE_ADDRESS__
// Fontconfig keeps a few patterns until the process ends.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
  return "leak:libfontconfig";
}
extern "C" const char* __lsan_default_options() {  // NOLINT: the sanitizer's name
  return "print_suppressions=0";
}
#endif

namespace pno::picture {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr const char* kFont = "sans-serif";

cairo_status_t append(void* closure, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(bytes), count);
  return CAIRO_STATUS_SUCCESS;
}

// Cairo stops drawing text after a string that is not UTF-8.
std::string drawable(std::string_view text) {
  std::string result = repair_utf8(text, "?");
  std::replace_if(
      result.begin(), result.end(),
      [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, '?');
  return result;
}

}  // namespace

Expected<Canvas> Canvas::create(const std::filesystem::path& output, int width_px, int height_px) {
  const std::string extension = lower_case(output.extension().string());
  if (extension == ".svg") {
    auto svg = std::make_unique<std::string>();
    auto* surface = ::cairo_svg_surface_create_for_stream(append, svg.get(), width_px, height_px);
    return Canvas(output, std::move(svg), surface);
  }
  if (extension == ".png") {
    return Canvas(output, /*svg=*/nullptr,
                  ::cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px));
  }
  return fail_usage("{}: pictures are written as .png or .svg; give the file one of these endings",
                    output.string());
}

Canvas::Canvas(std::filesystem::path output, std::unique_ptr<std::string> svg,
               cairo_surface_t* surface)
    : output_(std::move(output)),
      svg_(std::move(svg)),
      surface_(surface, ::cairo_surface_destroy),
      context_(::cairo_create(surface), ::cairo_destroy) {}

void Canvas::use(const Colour& colour, double opacity) {
  ::cairo_set_source_rgba(context_.get(), colour.red, colour.green, colour.blue, opacity);
}

void Canvas::fill(const Rectangle& area, const Colour& colour, double opacity) {
  use(colour, opacity);
  ::cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
  ::cairo_fill(context_.get());
}

void Canvas::fill_rounded(const Rectangle& area, double radius, const Colour& colour,
                          double opacity) {
  const double r = std::min({radius, area.width / 4, area.height / 4});
  auto* context = context_.get();
  use(colour, opacity);
  ::cairo_new_sub_path(context);
  ::cairo_arc(context, area.right() - r, area.y + r, r, -kPi / 2, 0);
  ::cairo_arc(context, area.right() - r, area.bottom() - r, r, 0, kPi / 2);
  ::cairo_arc(context, area.x + r, area.bottom() - r, r, kPi / 2, kPi);
  ::cairo_arc(context, area.x + r, area.y + r, r, kPi, 3 * kPi / 2);
  ::cairo_close_path(context);
  ::cairo_fill(context);
}

void Canvas::fill_fading(const Rectangle& area, std::span<const Colour> colours) {
  auto* pattern = ::cairo_pattern_create_linear(area.x, 0, area.right(), 0);
  double offset = 0;
  for (const Colour& colour : colours) {
    ::cairo_pattern_add_color_stop_rgb(pattern, offset, colour.red, colour.green, colour.blue);
    offset += 1 / static_cast<double>(colours.size() - 1);
  }
  ::cairo_set_source(context_.get(), pattern);
  ::cairo_pattern_destroy(pattern);
  ::cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
  ::cairo_fill(context_.get());
}

void Canvas::line(Point from, Point to, double width, const Colour& colour) {
  use(colour, /*opacity=*/1);
  ::cairo_set_line_width(context_.get(), width);
  ::cairo_move_to(context_.get(), from.x, from.y);
  ::cairo_line_to(context_.get(), to.x, to.y);
  ::cairo_stroke(context_.get());
}

void Canvas::arc(const Arc& arc, double width, const Colour& colour, double opacity) {
  use(colour, opacity);
  ::cairo_set_line_width(context_.get(), width);
  ::cairo_move_to(context_.get(), arc.from.x, arc.from.y);
  const double quarter = (arc.to.x - arc.from.x) / 4;
  ::cairo_curve_to(context_.get(), arc.from.x + quarter, arc.top, arc.to.x - quarter, arc.top,
                   arc.to.x, arc.to.y);
  ::cairo_stroke(context_.get());
}

void Canvas::outline(const Rectangle& area, double width, const Colour& colour) {
  use(colour, /*opacity=*/1);
  ::cairo_set_line_width(context_.get(), width);
  ::cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
  ::cairo_stroke(context_.get());
}

void Canvas::use_font(double size) {
  ::cairo_select_font_face(context_.get(), kFont, CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
  ::cairo_set_font_size(context_.get(), size);
}

double Canvas::text_width(double size, const std::string& text) {
  use_font(size);
  cairo_text_extents_t extents{};
  ::cairo_text_extents(context_.get(), drawable(text).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(Point at, const TextStyle& style, const std::string& text) {
  const double width = text_width(style.size, text);
  const double before = style.side == TextSide::left     ? 0
                        : style.side == TextSide::middle ? width / 2
                                                         : width;
  use(style.colour, /*opacity=*/1);
  ::cairo_move_to(context_.get(), at.x - before, at.y);
  ::cairo_show_text(context_.get(), drawable(text).c_str());
}

void Canvas::clip(const Rectangle& area) {
  ::cairo_save(context_.get());
  ::cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
  ::cairo_clip(context_.get());
}

void Canvas::unclip() {
  ::cairo_restore(context_.get());
}

Expected<void> Canvas::commit() {
  std::string png;
  cairo_status_t status = ::cairo_status(context_.get());
  if (status == CAIRO_STATUS_SUCCESS && !svg_) {
    status = ::cairo_surface_write_to_png_stream(surface_.get(), append, &png);
  }
  context_.reset();
  ::cairo_surface_finish(surface_.get());  // an SVG is written here
  if (status == CAIRO_STATUS_SUCCESS) status = ::cairo_surface_status(surface_.get());
  if (status != CAIRO_STATUS_SUCCESS) {
    return fail("{}: cannot be drawn: {}", output_.string(), ::cairo_status_to_string(status));
  }
  return replace_file(output_, std::string_view(svg_ ? *svg_ : png));
}

}  // namespace pno::picture
