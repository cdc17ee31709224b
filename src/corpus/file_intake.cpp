#include "corpus/file_intake.h"

#include "corpus/parts.h"
#include "corpus/stopwatch.h"
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
  if (intake.notes.empty()) {
    return skipped(
        intake.reason.empty() ? "has no notes" : fmt::format("has no notes ({})", intake.reason),
        size_bytes);
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
