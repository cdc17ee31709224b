#pragma once

// Zip archives read in memory, nothing unpacked to disk: deflated and stored members, data
// descriptors, zip64 (through libzip). Messages of errors are clauses without the archive's name.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace pno::corpus {

// Limits on the size that a member claims, checked before memory is allocated for it.
struct UnpackLimits {
  std::int64_t max_bytes = 64 << 20;  // unpacked
  double max_ratio = 200;             // unpacked to packed; looked at above kHarmlessBytes
};
inline constexpr std::uint64_t kHarmlessBytes = 1 << 20;

struct ZipEntry {
  std::string name;  // UTF-8, folders separated by '/', ending in '/' for a folder
  std::uint64_t size_bytes = 0, packed_bytes = 0;  // as the archive claims
  bool is_folder() const { return !name.empty() && name.back() == '/'; }
};

// All threads share one: libzip holds some 300 bytes for each member. It finds members for one
// thread at a time; they are unpacked by all at once.
class ZipArchive {
 public:
  // `bytes` outlive the result. An archive that was cut short has its complete members.
  static Expected<ZipArchive> open(std::span<const std::byte> bytes);

  bool is_cut_short() const;
  std::uint64_t entries() const { return entries_; }
  Expected<ZipEntry> entry(std::uint64_t index) const;

  // The unpacked bytes of a member into `into`; its checksum is checked. Deflated and stored ones
  // by zlib, those packed otherwise (bzip2, xz, zstd) by libzip, if it was built with them.
  Expected<void> read(std::uint64_t index, const UnpackLimits& limits,
                      std::vector<std::byte>& into) const;

 private:
  struct Handle;  // zip_t and its lock
  struct Discard {
    void operator()(Handle* handle) const noexcept;
  };
  using OwnedHandle = std::unique_ptr<Handle, Discard>;
  ZipArchive(OwnedHandle handle, std::uint64_t entries)
      : handle_(std::move(handle)), entries_(entries) {}

  OwnedHandle handle_;
  std::uint64_t entries_ = 0;
};

// Whether the bytes begin as a zip archive, with or without members, does.
bool begins_like_zip(std::span<const std::byte> bytes);

}  // namespace pno::corpus
