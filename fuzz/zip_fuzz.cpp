// Reads any bytes as a zip archive: the result is an error or members within the limits.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/printable_text.h"
#include "corpus/sources/file_kind.h"
#include "corpus/sources/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pno::corpus;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto archive = ZipArchive::open(bytes);
  if (!archive) return 0;
  constexpr UnpackLimits kLimits{.max_bytes = 1 << 16, .max_ratio = 100};
  std::vector<std::byte> member;
  for (std::uint64_t i = 0; i < archive->entries(); ++i) {
    const auto entry = archive->entry(i);
    if (!entry) continue;
    const auto name = pno::printable_text(normal_name(entry->name));
    PNO_CHECK(pno::printable_text(name) == name, "a name that is not printable");
    if (archive->read(i, kLimits, member)) {
      PNO_CHECK(member.size() == entry->size_bytes, "a member of another size");
      PNO_CHECK(member.size() <= std::size_t{1} << 16, "a member over the limit");
    }
  }
  return 0;
}
