#pragma once

// CRC-32C (Castagnoli, RFC 3720 appendix B.4), and TFRecord's masked form of it.

#include <cstdint>
#include <string_view>

namespace pno::train {

std::uint32_t crc32c(std::string_view bytes);

// Rotated and offset, so that the checksum of bytes that hold checksums is not special: the form in
// which TFRecord files store it.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace pno::train
