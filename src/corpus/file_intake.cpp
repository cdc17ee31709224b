#include "corpus/file_intake.h"

#include "base/stopwatch.h"
#include "events/encode.h"
#include "midi/smf_reader.h"

namespace pno::corpus {
namespace {

Intake skipped(std::string reason, std::int64_t bytes) {
  return {.notes = {}, .reason = std::move(reason), .hash = {}, .tokens = 0, .bytes = bytes};
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

  const auto file = midi::read_smf(*bytes, options_->read);
  Intake intake;
  if (file) intake.notes = events::plain_notes(file->performance);
  times_.parse += watch.lap_s();
  if (!file) return skipped(file.error().message, size_bytes);
  intake.bytes = size_bytes;
  intake.reason = file->oddities.text();
  if (intake.notes.empty()) {
    return skipped(
        intake.reason.empty() ? "has no notes" : fmt::format("has no notes ({})", intake.reason),
        size_bytes);
  }

  std::string reason = limit_reason(intake.notes);
  if (reason.empty()) intake.hash = content_hash(intake.notes);
  times_.check += watch.lap_s();
  if (!reason.empty()) return skipped(std::move(reason), size_bytes);

  tokens_.clear();
  events::encode(intake.notes, events::Vocabulary{}, {}, tokens_);
  intake.tokens = static_cast<std::int64_t>(tokens_.size());
  times_.encode += watch.lap_s();
  return intake;
}

}  // namespace pno::corpus
