#pragma once

// The serial number of an Ogg stream. libsndfile draws one from the clock; with a fixed one the
// same sound gives the same bytes.

#include <cstdint>
#include <filesystem>

#include "base/error.h"

namespace pno::sound {

// Replaces the serial number in every page of an Ogg file, and the checksums of the pages. Format:
// RFC 3533, section 6. Returns an error if the file cannot be rewritten or is not a series of
// pages.
Expected<void> set_ogg_serial(const std::filesystem::path& path, std::uint32_t serial);

}  // namespace pno::sound
