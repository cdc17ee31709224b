#include "picture/attention_arcs.h"

#include <algorithm>

namespace pno::picture {
namespace {

constexpr double kThinnest = 1.5, kWidest = 5;  // pixels at scale 1
constexpr double kFaintest = 0.35;              // opacity
constexpr double kLift = 0.25;                  // height of an arc, of its width
constexpr double kHighest = 0.3;                // the same, of the height of the roll
constexpr double kRing = 3;                     // pixels around the chosen note

Rectangle box_of(const midi::Note& note, const Layout& layout) {
  return {layout.x(static_cast<double>(note.start_us) * 1e-6), layout.top(note.pitch),
          static_cast<double>(note.key_length_us) * 1e-6 * layout.px_per_s(), layout.row_px()};
}

}  // namespace

bool AttentionArcs::has(std::size_t note) const {
  return note == chosen || std::any_of(heeded.begin(), heeded.end(),
                                       [&](const HeededNote& one) { return one.note == note; });
}

void draw_attention_arcs(const midi::Performance& performance, const AttentionArcs& arcs,
                         const Layout& layout, Canvas& canvas) {
  canvas.clip(layout.roll);
  const double scale = layout.scale;
  const Rectangle to = box_of(performance.notes[arcs.chosen], layout);
  const double to_y = to.y + to.height / 2;
  const double most = arcs.heeded.empty() ? 1 : arcs.heeded.front().share;
  // The greatest last, over the others.
  for (auto one = arcs.heeded.rbegin(); one != arcs.heeded.rend(); ++one) {
    const Rectangle from = box_of(performance.notes[one->note], layout);
    const double part = one->share / most, from_y = from.y + from.height / 2;
    const double lift = std::min(layout.roll.height * kHighest, (to.x - from.x) * kLift);
    const double top = std::max(layout.roll.y + 2 * scale, std::min(from_y, to_y) - lift);
    canvas.arc({.from = {from.x, from_y}, .to = {to.x, to_y}, .top = top},
               scale * (kThinnest + (kWidest - kThinnest) * part), kTouches.at(4),
               kFaintest + (1 - kFaintest) * part);
    const double dot = 3 * scale;
    canvas.fill_rounded({from.x - dot, from_y - dot, 2 * dot, 2 * dot}, dot, kTouches.at(4));
  }
  const double ring = kRing * scale;
  canvas.outline({to.x - ring, to.y - ring, to.width + 2 * ring, to.height + 2 * ring}, 2 * scale,
                 kInk);
  canvas.unclip();
}

}  // namespace pno::picture
