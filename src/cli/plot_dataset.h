#pragma once

// `pno info D.notes --plot F.png`.

#include <filesystem>

#include "base/error.h"

namespace pno::cli {

// Draws a picture (.png or .svg) of a dataset. Returns an error if pno was built without pictures.
Expected<void> plot_dataset(const std::filesystem::path& dataset,
                            const std::filesystem::path& output);

}  // namespace pno::cli
