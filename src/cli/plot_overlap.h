#pragma once

// `pno overlap A.notes B.notes --plot F.png`.

#include <filesystem>
#include <string>

#include "base/error.h"
#include "corpus/matching/overlap.h"

namespace pno::cli {

struct OverlapTitle {
  std::string title, subtitle;
};

// Returns an error with a sentence if pno was built without pictures.
Expected<void> plot_overlap(const corpus::ShareCounts& shares, double threshold,
                            const OverlapTitle& title, const std::filesystem::path& output);

}  // namespace pno::cli
