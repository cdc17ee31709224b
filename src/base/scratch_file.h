#pragma once

// A nameless file for what is too large for memory: appended to, read at any place, gone with this
// object or with the process, however it ends. Messages of errors are clauses ("No space left on
// device") without the folder's name.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/error.h"
#include "base/file.h"

namespace pno {

class ScratchFile {
 public:
  static Expected<ScratchFile> create(const std::filesystem::path& folder);

  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&& other) noexcept;
  ~ScratchFile();

  Expected<void> append(std::span<const std::byte> bytes);

  // The bytes from `offset` on; all of them were appended.
  Expected<void> read(std::uint64_t offset, std::span<std::byte> into) const;

  // All that was appended so far; outlives this.
  Expected<MappedFile> map() const;

 private:
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace pno
