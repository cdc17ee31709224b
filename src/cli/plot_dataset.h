#pragma once

// `pno info D.notes --plot F.png`.

#include <filesystem>

#include "base/error.h"

namespace pno::cli {

// Fails with a sentence where pno was built without pictures.
Expected<void> plot_dataset(const std::filesystem::path& dataset,
                            const std::filesystem::path& output);

}  // namespace pno::cli
