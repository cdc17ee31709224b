#pragma once

// An unnamed temporary file for data that is too large for memory: append, then read at any offset.
// It is deleted with this object or when the process ends. Messages of errors ("No space left on
// device") do not name the folder.

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

  // Reads bytes from `offset` on that were appended before.
  Expected<void> read(std::uint64_t offset, std::span<std::byte> into) const;

  // Maps everything appended so far. The result may outlive this.
  Expected<MappedFile> map() const;

 private:
  explicit ScratchFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace pno
