#pragma once

// Samples in a temporary file until all are rendered: normalisation needs the peak before the first
// sample is written. An hour of stereo is 1.3 GB, too much for memory.

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

  // Reads samples from index `first` on, which were written before.
  Expected<void> read(std::int64_t first, std::span<float> into) const;

 private:
  explicit SampleSpool(ScratchFile file) : file_(std::move(file)) {}
  ScratchFile file_;
};

}  // namespace pno::sound
