#pragma once

// The kind of a file, known by its bytes and not by its name.

#include <cstddef>
#include <span>

namespace pno {

enum class ContentKind {
  unknown,
  midi,         // MThd, or RIFF with MIDI in it
  model,        // of pno
  dataset,      // of pno
  safetensors,  // of another program, or one that cannot be parsed
  events,       // text as `pno tokens` writes it
  zip,
  zip_cut_short,  // begins as a zip; the directory at its end is missing
  gzip,
  bzip2,
  xz,
  zstd,
  tar,
  seven_zip,
  rar,
  html,
  git_lfs_pointer,
  musicxml,
  musicxml_zip,   // .mxl
  musescore,      // .mscx
  musescore_zip,  // .mscz
  pytorch,        // a checkpoint as torch.save() writes it
  spreadsheet,    // .xlsx, .ods, .xls
  recording,      // sound or video
  soundfont,
  picture,
  pdf,
};
inline constexpr std::size_t kContentKinds = static_cast<std::size_t>(ContentKind::pdf) + 1;

// Looks at the first bytes and, in a zip, at the last ones. Of a safetensors file it parses the
// header.
ContentKind content_kind(std::span<const std::byte> bytes);

}  // namespace pno
