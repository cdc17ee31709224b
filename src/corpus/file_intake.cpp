#include "corpus/file_intake.h"

#include "base/other_kind.h"
#include "corpus/stopwatch.h"
#include "events/encode.h"
#include "midi/smf_reader.h"

namespace pno::corpus {
namespace {

Intake skipped(std::string reason, std::int64_t bytes) {
  return {.notes = {}, .reason = std::move(reason), .hash = {}, .tokens = 0, .bytes = bytes};
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

  // Looked at first: a tar archive has a MIDI file somewhere in it, too.
  if (auto clause = other_kind_clause(content_kind(*bytes), Wanted::midi); !clause.empty()) {
    return skipped(std::move(clause), size_bytes);
  }
  const auto file = midi::read_smf(*bytes, options_->read);
  Intake intake;
  if (file) intake.notes = events::plain_notes(file->performance);
  times_.parse += watch.lap_s();
  if (!file) return skipped(file.error().message, size_bytes);
  intake.bytes = size_bytes;
  intake.reason = file->oddities.text();
  if (intake.notes.empty()) return skipped(no_notes_reason(file->oddities), size_bytes);

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
