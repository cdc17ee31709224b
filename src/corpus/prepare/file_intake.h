#pragma once

// One MIDI file to the notes of a piece, or to the reason why it is skipped.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "corpus/prepare/music_sums.h"
#include "corpus/prepare/prepare_options.h"
#include "corpus/prepare/prepare_report.h"
#include "corpus/sources/archive_store.h"
#include "corpus/sources/source_files.h"
#include "events/vocabulary.h"

namespace pno::corpus {

// If the silence before the first note is longer than this, it is left out. Recordings begin with
// less, in samples of 25 files: at most 1.1 s in MAESTRO, 2.0 s in ATEPP, and 2.1 s in nine of ten
// files of ASAP.
inline constexpr std::int64_t kMostLead_us = 2'000'000;

struct Intake {
  std::vector<events::PlainNote> notes;  // with their parts; empty: skipped
  std::vector<std::string> parts;        // their names; empty for a piece without parts
  std::string reason;                    // why it was skipped, or what was mended
  std::string hash;                      // content_hash() of the notes, parts merged
  MusicSums music;                       // of the notes, parts merged
  std::int64_t tokens = 0, bytes = 0;
};

// Used by one thread.
class FileIntake {
 public:
  // Both outlive it.
  FileIntake(ArchiveStore& archives, const PrepareOptions& options)
      : reader_(archives), options_(&options) {}

  Intake take_in(const Location& location);

  // Seconds of this thread so far.
  const PrepareTimes& times() const { return times_; }

 private:
  std::string limit_reason(std::span<const events::PlainNote> notes) const;

  FileReader reader_;
  const PrepareOptions* options_;
  std::vector<events::Token> tokens_;
  PrepareTimes times_;
};

}  // namespace pno::corpus
