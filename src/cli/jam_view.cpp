#include "cli/jam_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fields.h"

namespace pno::cli {
namespace {

constexpr std::int64_t kShown_us = 12'000'000;  // longer ago than the roll is wide
constexpr double kRollSeconds = 8;
constexpr double kUs = 1e-6;
constexpr const char* kKeys = " enter: pno's turn   q quits";

}  // namespace

void JamView::begin(const Note& note) {
  end(note.pitch, note.start_us);
  notes_.push_back(note);
}

void JamView::end(int pitch, std::int64_t time_us) {
  for (auto& note : notes_) {
    if (note.pitch == pitch && note.end_us < 0) note.end_us = time_us;
  }
}

void JamView::add(const live::RoomEvent& event) {
  using Kind = live::RoomEvent::Kind;
  const auto& message = event.message;
  switch (event.kind) {
    case Kind::heard:
      if (message.is_note_on()) begin({.start_us = event.time_us, .pitch = message.pitch()});
      if (message.is_note_off()) end(message.pitch(), event.time_us);
      if (const auto* control = message.is_control() ? controls_.find(message.bytes[1]) : nullptr) {
        wishes_[static_cast<std::size_t>(control->wish)] = control->value(message.value());
      }
      return;
    case Kind::note_on:
      begin({.start_us = event.time_us, .pitch = message.pitch(), .colour = RollColour::model});
      return;
    case Kind::note_off:
      return end(message.pitch(), event.time_us);
    case Kind::began:
      return;
    case Kind::ended:
    case Kind::interrupted:
      planned_.clear();
      for (auto& note : notes_) {
        const bool is_open = note.end_us < 0 && note.colour == RollColour::model;
        if (is_open) note.end_us = event.time_us;
      }
      return;
  }
}

void JamView::add(const live::PlannedEvent& event) {
  using Kind = live::PlannedEvent::Kind;
  if (event.kind == Kind::begin) planned_.clear();
  if (event.kind == Kind::note_on) {
    planned_.push_back(
        {.start_us = event.due_us, .pitch = event.pitch, .colour = RollColour::planned});
  }
  if (event.kind != Kind::note_off) return;
  for (auto& note : planned_) {
    if (note.pitch == event.pitch && note.end_us < 0) note.end_us = event.due_us;
  }
}

std::string JamView::wishes_text() const {
  std::string text;
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    if (!wishes_[i]) continue;
    text += fmt::format("   {} {:.3g}", enum_name(static_cast<live::Wish>(i)), *wishes_[i]);
  }
  return text;
}

std::string JamView::status(const live::Room& room, std::int64_t now_us) const {
  constexpr std::int64_t kRate_us = 4'000'000;
  const auto count = std::count_if(notes_.begin(), notes_.end(), [&](const Note& note) {
    return note.start_us > now_us - kRate_us;
  });
  const auto& figures = room.figures();
  return fmt::format(
      " {}   answers {}   takeover {:.1f} ms   your keys {:.1f} ms   {:.1f} notes/s{}",
      room.is_answering() ? "pno plays " : "you play  ", figures.turns.load(),
      figures.first_note.percentile_ms(0.5), figures.monitor.percentile_ms(0.5),
      static_cast<double>(count) / (static_cast<double>(kRate_us) * kUs), wishes_text());
}

std::string JamView::frame(const live::Room& room, std::int64_t now_us, const Terminal::Size& size,
                           bool has_colours) {
  while (!notes_.empty() && notes_.front().end_us >= 0 &&
         notes_.front().end_us < now_us - kShown_us) {
    notes_.pop_front();
  }
  std::vector<RollNote> shown;
  const auto show = [&](const Note& note) {
    const bool is_future = note.start_us > now_us;
    const auto end_us = note.end_us >= 0 ? note.end_us : is_future ? note.start_us : now_us;
    shown.push_back({.start_s = static_cast<double>(note.start_us) * kUs,
                     .end_s = static_cast<double>(end_us) * kUs,
                     .pitch = note.pitch,
                     .colour = note.colour});
  };
  for (const auto& note : planned_) {
    if (note.end_us < 0 || note.end_us > now_us) show(note);
  }
  for (const auto& note : notes_) show(note);
  return roll_frame({.columns = size.columns,
                     .rows = size.rows,
                     .has_colours = has_colours,
                     .now_s = static_cast<double>(now_us) * kUs,
                     .seconds = kRollSeconds,
                     .status = status(room, now_us),
                     .keys = kKeys,
                     .legend = {{RollColour::person, "you"},
                                {RollColour::model, "pno"},
                                {RollColour::planned, "to come"}}},
                    shown);
}

}  // namespace pno::cli
