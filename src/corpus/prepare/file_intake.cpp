#include "corpus/prepare/file_intake.h"

#include "base/other_kind.h"
#include "base/stopwatch.h"
#include "corpus/parts.h"
#include "events/encode.h"
#include "midi/smf_reader.h"

namespace pno::corpus {
namespace {

Intake skipped(std::string reason, std::int64_t bytes) {
  return {.notes = {},
          .parts = {},
          .reason = std::move(reason),
          .hash = {},
          .music = {},
          .tokens = 0,
          .bytes = bytes};
}

// Moves the notes so that the first begins at 0, if the silence before it is longer than recordings
// have it. Returns its length in seconds, else 0.
double trim_lead(std::vector<events::PlainNote>& notes) {
  if (notes.empty() || notes.front().start_us <= kMostLead_us) return 0;
  const std::int64_t lead_us = notes.front().start_us;
  for (auto& note : notes) note.start_us -= lead_us;
  return static_cast<double>(lead_us) / 1e6;
}

std::string no_notes_reason(const midi::Oddities& oddities) {
  if (oddities.other_program_notes > 0) {
    return fmt::format("has no piano notes ({}); --programs all takes every instrument but drums",
                       oddities.text());
  }
  const auto odd = oddities.text();
  return odd.empty() ? "has no notes" : fmt::format("has no notes ({})", odd);
}

}  // namespace

std::string FileIntake::limit_reason(std::span<const events::PlainNote> notes) const {
  const std::int64_t most = options_->max_notes_per_second;
  if (most > 0 && static_cast<std::int64_t>(notes.size()) > most) {
    const std::int64_t densest = densest_second(notes);
    if (densest > most) {
      return fmt::format("has {} notes within one second, more than the limit of {}", densest,
                         most);
    }
  }
  return filter_reason(notes, options_->filters);
}

Intake FileIntake::take_in(const Location& location) {
  Stopwatch watch;
  const auto bytes = reader_.read(location);
  times_.read += watch.lap_s();
  if (!bytes) return skipped(bytes.error().message, 0);
  const auto size_bytes = static_cast<std::int64_t>(bytes->size());

  // Checked first: a tar archive has a MIDI file somewhere in it, too.
  if (auto clause = other_kind_clause(content_kind(*bytes), Wanted::midi); !clause.empty()) {
    return skipped(std::move(clause), size_bytes);
  }
  midi::ReadOptions read_options = options_->read;
  read_options.merge_tracks = false;
  const auto file = midi::read_smf(*bytes, read_options);
  Intake intake;
  if (file) {
    auto parts = parts_of(file->performance);
    constexpr int kTracksInSequence = 2;  // songs one after the other, not parts of one
    if (file->format == kTracksInSequence) parts = {merge_parts(parts.notes), {}};
    intake.notes = std::move(parts.notes);
    intake.parts = std::move(parts.names);
  }
  times_.parse += watch.lap_s();
  if (!file) return skipped(file.error().message, size_bytes);
  intake.bytes = size_bytes;
  intake.reason = file->oddities.text();
  if (intake.notes.empty()) return skipped(no_notes_reason(file->oddities), size_bytes);
  if (const double lead_s = trim_lead(intake.notes); lead_s > 0) {
    if (!intake.reason.empty()) intake.reason += ", ";
    intake.reason +=
        fmt::format("{:.1f} seconds of silence before the first note left out", lead_s);
  }

  std::vector<events::PlainNote> merged;
  if (!intake.parts.empty()) merged = merge_parts(intake.notes);
  const std::span<const events::PlainNote> music = intake.parts.empty() ? intake.notes : merged;
  std::string reason = limit_reason(music);
  if (reason.empty()) intake.hash = content_hash(music);
  times_.check += watch.lap_s();
  if (!reason.empty()) return skipped(std::move(reason), size_bytes);

  intake.music.add(music);
  intake.music.pedalled_notes = std::ranges::count_if(
      file->performance.notes,
      [](const midi::Note& note) { return note.length_us > note.key_length_us; });
  tokens_.clear();
  events::encode(music, events::Vocabulary{}, {}, tokens_);
  intake.tokens = static_cast<std::int64_t>(tokens_.size());
  times_.encode += watch.lap_s();
  return intake;
}

}  // namespace pno::corpus
