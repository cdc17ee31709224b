#include "picture/piano_roll.h"

#include <algorithm>
#include <cmath>

#include "base/progress.h"
#include "picture/canvas.h"
#include "picture/layout.h"
#include "picture/piano_keys.h"

namespace pno::picture {
namespace {

constexpr double kTitleSize = 15, kLabelSize = 10.5;  // font sizes at scale 1
constexpr double kKeyPart = 0.86, kPedalPart = 0.34;  // fractions of a row's height
constexpr double kPedalOpacity = 0.5;
constexpr double kUnheededOpacity = 0.22;  // of notes that the model did not attend to
constexpr double kNarrowestNote = 1.2;     // pixels, so that the shortest note is visible

std::string time_text(double time_s, double tick_s) {
  if (tick_s >= 1) return clock_text(time_s);
  const double minutes = std::floor((time_s + tick_s / 2) / 60);
  return fmt::format("{:.0f}:{:04.1f}", minutes, std::max(0.0, time_s - minutes * 60));
}

void draw_grid(const Layout& layout, Canvas& canvas) {
  const double hairline = std::max(1.0, std::round(layout.scale));
  for (int pitch = layout.lowest_pitch; pitch <= layout.highest_pitch; ++pitch) {
    const double top = layout.top(pitch);
    if (is_black_key(pitch)) {
      canvas.fill({layout.roll.x, top, layout.roll.width, layout.row_px()}, kBlackKeyRow);
    }
  }
  const double label_y = layout.height_px - 13 * layout.scale;
  const auto first = static_cast<std::int64_t>(std::ceil(layout.from_s / layout.tick_s - 1e-9));
  for (std::int64_t tick = first;; ++tick) {
    const double time_s = static_cast<double>(tick) * layout.tick_s;
    if (time_s > layout.to_s) break;
    const double x = layout.x(time_s);
    canvas.fill({std::round(x), layout.roll.y, hairline, layout.roll.height}, kTimeLine);
    canvas.text({x, label_y},
                {.size = kLabelSize * layout.scale, .colour = kFaintInk, .side = TextSide::middle},
                time_text(time_s, layout.tick_s));
  }
  for (int pitch = layout.lowest_pitch; pitch <= layout.highest_pitch; ++pitch) {
    if (pitch % 12 != 0) continue;
    const double bottom = std::round(layout.top(pitch) + layout.row_px());
    canvas.fill({layout.roll.x, bottom, layout.roll.width, hairline}, kOctaveLine);
  }
}

// A keyboard aligned with the rows of pitches; every C is labelled.
void draw_keyboard(const Layout& layout, Canvas& canvas) {
  constexpr double kBlackLength = 0.58;
  const Rectangle& keys = layout.keys;
  const double row = layout.row_px();
  canvas.fill(keys, kWhiteKey);
  for (int pitch = layout.lowest_pitch; pitch <= layout.highest_pitch; ++pitch) {
    const double top = layout.top(pitch);
    const bool below_white = pitch > layout.lowest_pitch && !is_black_key(pitch - 1);
    if (is_black_key(pitch)) {
      const double middle = top + row / 2;
      canvas.line({keys.x, middle}, {keys.right(), middle}, layout.scale * 0.7, kKeyEdge);
    } else if (below_white) {
      canvas.line({keys.x, top + row}, {keys.right(), top + row}, layout.scale * 0.7, kKeyEdge);
    }
  }
  for (int pitch = layout.lowest_pitch; pitch <= layout.highest_pitch; ++pitch) {
    if (!is_black_key(pitch)) continue;
    canvas.fill_rounded(
        {keys.x, layout.top(pitch) + row * 0.08, keys.width * kBlackLength, row * 0.84},
        layout.scale, kBlackKey);
  }
  const double size = std::min(kLabelSize * layout.scale * 0.86, row * 1.7);
  for (int pitch = layout.lowest_pitch; pitch <= layout.highest_pitch; ++pitch) {
    if (pitch % 12 != 0) continue;
    const double baseline = layout.top(pitch) + row / 2 + size * 0.36;
    canvas.text({keys.right() - 2 * layout.scale, baseline},
                {.size = size, .colour = kInk, .side = TextSide::right}, pitch_name(pitch));
  }
}

// A part of a note in time, `share` of its row in height.
Rectangle bar(const Layout& layout, const midi::Note& note, std::uint32_t length_us, double share) {
  const double x = layout.x(static_cast<double>(note.start_us) * 1e-6);
  const double width = static_cast<double>(length_us) * 1e-6 * layout.px_per_s();
  const double row = layout.row_px();
  return {x, layout.top(note.pitch) + row * (1 - share) / 2,
          std::max(width, kNarrowestNote * layout.scale), row * share};
}

void draw_notes(const midi::Performance& performance, const std::optional<AttentionArcs>& attention,
                const Layout& layout, Canvas& canvas) {
  canvas.clip(layout.roll);
  const auto opacity = [&](std::size_t note) {
    return attention && !attention->has(note) ? kUnheededOpacity : 1.0;
  };
  const auto& notes = performance.notes;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    if (notes[i].length_us == notes[i].key_length_us) continue;
    canvas.fill(bar(layout, notes[i], notes[i].length_us, kPedalPart),
                touch_colour(notes[i].velocity), kPedalOpacity * opacity(i));
  }
  for (std::size_t i = 0; i < notes.size(); ++i) {
    canvas.fill_rounded(bar(layout, notes[i], notes[i].key_length_us, kKeyPart), 1.6 * layout.scale,
                        touch_colour(notes[i].velocity), opacity(i));
  }
  canvas.unclip();
}

void draw_pedals(const midi::Performance& performance, const Layout& layout, Canvas& canvas) {
  if (layout.pedals.height == 0) return;
  canvas.text(
      {layout.keys.right(), layout.pedals.bottom()},
      {.size = kLabelSize * layout.scale * 0.86, .colour = kFaintInk, .side = TextSide::right},
      "pedal");
  canvas.clip(layout.pedals);
  for (const auto& pedal : performance.pedals) {
    const double x = layout.x(static_cast<double>(pedal.start_us) * 1e-6);
    const double right = layout.x(static_cast<double>(pedal.end_us) * 1e-6);
    canvas.fill_rounded({x, layout.pedals.y, std::max(1.0, right - x), layout.pedals.height},
                        layout.pedals.height / 2, kPedalStrip);
  }
  canvas.unclip();
}

// Title at the left; at the right the number of notes and a legend of velocities.
void draw_heading(const PianoRollOptions& options, const Layout& layout, Canvas& canvas) {
  const double scale = layout.scale, baseline = 28 * scale, size = kLabelSize * scale;
  const Rectangle ramp{layout.roll.right() - 104 * scale, baseline - 8 * scale, 76 * scale,
                       8 * scale};
  canvas.fill_fading(ramp, kTouches);
  canvas.text({ramp.x - 5 * scale, baseline},
              {.size = size, .colour = kFaintInk, .side = TextSide::right}, "soft");
  canvas.text({ramp.right() + 5 * scale, baseline}, {.size = size, .colour = kFaintInk}, "loud");

  const std::string music =
      fmt::format("{} {}, {}", layout.notes, layout.notes == 1 ? "note" : "notes",
                  clock_text(layout.to_s - layout.from_s));
  const double music_right = ramp.x - 14 * scale - canvas.text_width(size, "soft") - 8 * scale;
  canvas.text({music_right, baseline}, {.size = size, .colour = kFaintInk, .side = TextSide::right},
              music);

  const double title_right = music_right - canvas.text_width(size, music) - 16 * scale;
  canvas.clip({layout.keys.x, 0, std::max(0.0, title_right - layout.keys.x), layout.roll.y});
  canvas.text({layout.keys.x, baseline}, {.size = kTitleSize * scale, .colour = kInk},
              options.title);
  canvas.unclip();
}

void draw_prime_line(double prime_s, const Layout& layout, Canvas& canvas) {
  if (prime_s <= layout.from_s || prime_s >= layout.to_s) return;
  const double x = layout.x(prime_s), scale = layout.scale, size = kLabelSize * scale;
  const double label_y = layout.roll.y - 4 * scale;
  const double top = layout.roll.y - 3 * scale, thickness = std::max(1.0, std::round(2 * scale));
  canvas.fill({std::floor(x), top, thickness, layout.roll.bottom() - top}, kPrimeLine);
  canvas.text({x - 6 * scale, label_y},
              {.size = size, .colour = kPrimeLine, .side = TextSide::right}, "prime");
  canvas.text({x + 6 * scale, label_y}, {.size = size, .colour = kPrimeLine}, "continuation");
}

}  // namespace

Expected<void> draw_piano_roll(const midi::Performance& performance,
                               const std::filesystem::path& output, const PianoRollOptions& options,
                               const std::optional<AttentionArcs>& attention) {
  auto layout = lay_out(performance, options);
  if (!layout) {
    layout.error().message = fmt::format("{}: {}", output.string(), layout.error().message);
    return tl::unexpected(std::move(layout.error()));
  }
  PNO_TRY(auto canvas, Canvas::create(output, layout->width_px, layout->height_px));
  canvas.fill({0, 0, double(layout->width_px), double(layout->height_px)}, kPaper);
  draw_grid(*layout, canvas);
  draw_notes(performance, attention, *layout, canvas);
  if (attention) draw_attention_arcs(performance, *attention, *layout, canvas);
  draw_keyboard(*layout, canvas);
  draw_pedals(performance, *layout, canvas);
  draw_prime_line(options.prime_s, *layout, canvas);
  draw_heading(options, *layout, canvas);
  return canvas.commit();
}

}  // namespace pno::picture
