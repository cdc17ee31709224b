#include "sound/ogg_serial.h"

#include <array>
#include <cstddef>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

namespace pno::sound {
namespace {

// Positions in the header of a page, and its size without the table of segments.
constexpr std::size_t kSerialAt = 14, kChecksumAt = 22, kSegmentsAt = 26, kHeaderBytes = 27;

// CRC-32 with polynomial 0x04C11DB7, first bit first, begun with 0.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte << 24;
    for (int bit = 0; bit < 8; ++bit) {
      rest = (rest << 1) ^ ((rest & 0x8000'0000U) != 0 ? 0x04C1'1DB7U : 0U);
    }
    table[byte] = rest;
  }
  return table;
}

std::uint32_t checksum(std::span<const char> page) {
  static constexpr auto kTable = make_table();
  std::uint32_t rest = 0;
  for (const char byte : page) {
    rest = (rest << 8) ^ kTable[(rest >> 24) ^ static_cast<unsigned char>(byte)];
  }
  return rest;
}

void put_little_endian(std::uint32_t value, char* into) {
  for (int i = 0; i < 4; ++i) into[i] = static_cast<char>(value >> (8 * i));
}

tl::unexpected<Error> failure(const std::filesystem::path& path) {
  return fail("{}: cannot be read back as Ogg; check the space and the permissions there",
              path.string());
}

}  // namespace

Expected<void> set_ogg_serial(const std::filesystem::path& path, std::uint32_t serial) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::vector<char> page;
  if (!file) return failure(path);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  for (std::streamoff at = 0; at < size;) {
    page.resize(kHeaderBytes);
    if (!file.read(page.data(), kHeaderBytes) || std::string_view(page.data(), 4) != "OggS") {
      return failure(path);
    }
    const auto segments = static_cast<unsigned char>(page[kSegmentsAt]);
    page.resize(kHeaderBytes + segments);
    file.read(page.data() + kHeaderBytes, segments);
    std::size_t body = 0;
    for (std::size_t i = kHeaderBytes; i < page.size(); ++i) {
      body += static_cast<unsigned char>(page[i]);
    }
    const std::size_t body_at = page.size();
    page.resize(body_at + body);
    file.read(page.data() + body_at, static_cast<std::streamsize>(body));
    if (!file) return failure(path);

    put_little_endian(serial, page.data() + kSerialAt);
    put_little_endian(0, page.data() + kChecksumAt);
    put_little_endian(checksum(page), page.data() + kChecksumAt);
    file.seekp(at);
    file.write(page.data(), static_cast<std::streamsize>(page.size()));
    at += static_cast<std::streamoff>(page.size());
    file.seekg(at);
    if (!file) return failure(path);
  }
  if (!file.flush()) return failure(path);
  return {};
}

}  // namespace pno::sound
