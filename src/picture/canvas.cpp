#include "picture/canvas.h"

#include <cairo-svg.h>

#include <algorithm>
#include <cctype>
#include <numbers>

#include "base/file.h"

#ifdef __SANITIZE_ADDRESS__
// Fontconfig keeps a few patterns until the process ends; they are not ours to free.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT: the sanitizer's name
  return "leak:libfontconfig";
}
extern "C" const char* __lsan_default_options() {  // NOLINT: likewise
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

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return extension;
}

// The bytes of the UTF-8 character at the start of `text`; 0 where there is none.
std::size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first >= 0x20 ? 1 : 0;
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes > text.size()) return 0;
  std::uint32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80) return 0;
    code = code << 6 | (next & 0x3fU);
  }
  const bool too_long = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return too_long || surrogate || code > 0x10ffff ? 0 : bytes;
}

// Cairo refuses to draw another line after one that is no UTF-8.
std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    result += bytes == 0 ? "?" : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(1, bytes));
  }
  return result;
}

}  // namespace

Expected<Canvas> Canvas::create(const std::filesystem::path& output, int width_px, int height_px) {
  const std::string extension = lower_extension(output);
  if (extension == ".svg") {
    auto svg = std::make_unique<std::string>();
    auto* surface = ::cairo_svg_surface_create_for_stream(append, svg.get(), width_px, height_px);
    return Canvas(output, std::move(svg), surface);
  }
  if (extension == ".png") {
    return Canvas(output, nullptr,
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
  double place = 0;
  for (const Colour& colour : colours) {
    ::cairo_pattern_add_color_stop_rgb(pattern, place, colour.red, colour.green, colour.blue);
    place += 1 / static_cast<double>(colours.size() - 1);
  }
  ::cairo_set_source(context_.get(), pattern);
  ::cairo_pattern_destroy(pattern);
  ::cairo_rectangle(context_.get(), area.x, area.y, area.width, area.height);
  ::cairo_fill(context_.get());
}

void Canvas::line(double x1, double y1, double x2, double y2, double width, const Colour& colour) {
  use(colour, 1);
  ::cairo_set_line_width(context_.get(), width);
  ::cairo_move_to(context_.get(), x1, y1);
  ::cairo_line_to(context_.get(), x2, y2);
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
  ::cairo_text_extents(context_.get(), valid_utf8(text).c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(double x, double y, TextSide side, double size, const Colour& colour,
                  const std::string& text) {
  const double width = text_width(size, text);
  const double before = side == TextSide::left ? 0 : side == TextSide::middle ? width / 2 : width;
  use(colour, 1);
  ::cairo_move_to(context_.get(), x - before, y);
  ::cairo_show_text(context_.get(), valid_utf8(text).c_str());
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
