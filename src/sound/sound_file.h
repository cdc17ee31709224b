#pragma once

// A stereo sound file: WAV of 16 bits, FLAC if the name ends in .flac, Ogg Vorbis if it ends in
// .ogg. Written with ReplacingFile.

#include <sndfile.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/error.h"
#include "base/file.h"

namespace pno::sound {

class SoundFile {
 public:
  // Returns an error for another ending, a path that cannot be written, and more frames than the
  // format can hold (WAV: 4 GB).
  static Expected<SoundFile> create(const std::filesystem::path& path, int sample_rate,
                                    std::int64_t frames);

  // Interleaved left and right samples.
  Expected<void> write(std::span<const std::int16_t> samples);

  Expected<void> commit();

 private:
  SoundFile(std::filesystem::path path, ReplacingFile file, SNDFILE* sound)
      : path_(std::move(path)), file_(std::move(file)), sound_(sound, ::sf_close) {}

  std::filesystem::path path_;
  ReplacingFile file_;
  std::unique_ptr<SNDFILE, decltype(&::sf_close)> sound_;
};

}  // namespace pno::sound
