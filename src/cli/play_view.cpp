#include "cli/play_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace pno::cli {
namespace {

constexpr double kUs = 1e-6;
constexpr const char* kKeys = " space pauses   ← → seek   + - tempo   q quits";

// "1:02"
std::string clock_text(std::int64_t us) {
  const auto seconds = us / 1'000'000;
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string status(const std::string& title, const live::Performer::State& state) {
  return fmt::format(" {}   {} {} {}{}{}", title, clock_text(state.position_us),
                     state.is_complete ? "of" : "drawn to", clock_text(state.length_us),
                     state.tempo == 1 ? "" : fmt::format("   tempo {:.0f} %", 100 * state.tempo),
                     state.is_paused ? "   paused" : "");
}

}  // namespace

void PlayView::add(const midi::Performance& performance) {
  for (const auto& note : performance.notes) {
    notes_.push_back({.start_s = static_cast<double>(note.start_us) * kUs,
                      .end_s = static_cast<double>(note.end_us()) * kUs,
                      .pitch = note.pitch});
  }
}

void PlayView::add(std::span<const live::MidiMessage> messages) {
  for (const auto& message : messages) {
    const double at_s = static_cast<double>(message.time_us) * kUs;
    if (message.is_note_on()) notes_.push_back({.start_s = at_s, .pitch = message.pitch()});
    if (!message.is_note_off()) continue;
    const auto note = std::find_if(notes_.rbegin(), notes_.rend(), [&](const Note& open) {
      return open.end_s < 0 && open.pitch == message.pitch();
    });
    if (note != notes_.rend()) note->end_s = at_s;
  }
}

std::string PlayView::frame(const live::Performer::State& state, const Terminal::Size& size,
                            bool has_colours) const {
  RollFrame frame{.columns = size.columns,
                  .rows = size.rows,
                  .has_colours = has_colours,
                  .now_s = static_cast<double>(state.position_us) * kUs,
                  .status = status(title_, state),
                  .keys = kKeys,
                  .legend = {{RollColour::model, "played"}, {RollColour::planned, "to come"}}};
  std::vector<RollNote> shown;
  for (const auto& note : notes_) {
    const double end_s = note.end_s < 0 ? static_cast<double>(state.length_us) * kUs : note.end_s;
    const bool is_near =
        end_s > frame.now_s - frame.seconds && note.start_s < frame.now_s + frame.seconds;
    if (!is_near) continue;
    RollNote part{.start_s = note.start_s, .end_s = end_s, .pitch = note.pitch};
    if (end_s > frame.now_s) {
      part.colour = RollColour::planned;
      shown.push_back(part);
      part.end_s = frame.now_s;
    }
    part.colour = RollColour::model;
    if (note.start_s < part.end_s) shown.push_back(part);
  }
  return roll_frame(frame, shown);
}

}  // namespace pno::cli
