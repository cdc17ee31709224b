#pragma once

// Samples kept on the disk until all of them are there. The loudest one must be known before the
// first is written at its final loudness; an hour in stereo is 1.3 GB, too much for memory, and
// rendering it twice would double the wait.

#include <cstdint>
#include <span>
#include <utility>

#include "base/scratch_file.h"

namespace pno::sound {

// In the folder for temporary files ($TMPDIR, else /tmp).
class SampleSpool {
 public:
  static Expected<SampleSpool> create();

  // Appends.
  Expected<void> write(std::span<const float> samples);

  // The samples from number `first` on; all of them were written.
  Expected<void> read(std::int64_t first, std::span<float> into) const;

 private:
  explicit SampleSpool(ScratchFile file) : file_(std::move(file)) {}
  ScratchFile file_;
};

}  // namespace pno::sound
