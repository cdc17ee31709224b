#pragma once

// How the files of this folder were made, byte by byte.

#include <string>
#include <vector>

#include "midi/smf_builder.h"

namespace pno::midi {

struct Defect {
  std::string folder;  // "mended/stray_note_off"
  FileBytes bytes;
};

const std::vector<Defect>& defects();

}  // namespace pno::midi
