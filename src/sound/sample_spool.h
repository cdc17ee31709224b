#pragma once

// Samples kept on the disk until all of them are there. The loudest one must be known before the
// first is written at its final loudness; an hour in stereo is 1.3 GB, too much for memory, and
// rendering it twice would double the wait.

#include <cstdint>
#include <span>

#include "base/error.h"

namespace pno::sound {

// A nameless file in the folder for temporary files ($TMPDIR, else /tmp), gone with this object
// or with the process, however it ends.
class SampleSpool {
 public:
  static Expected<SampleSpool> create();

  SampleSpool(SampleSpool&& other) noexcept;
  SampleSpool& operator=(SampleSpool&& other) noexcept;
  ~SampleSpool();

  // Appends.
  Expected<void> write(std::span<const float> samples);

  // The samples from number `first` on; all of them were written.
  Expected<void> read(std::int64_t first, std::span<float> into) const;

 private:
  explicit SampleSpool(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace pno::sound
