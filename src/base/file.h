#pragma once

// Files read by mapping and written aside, so that an asked name never holds half a file.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pno {

// A file's bytes, mapped read-only for as long as this object lives.
class MappedFile {
 public:
  // Fails for a missing file, a folder, a pipe or device, or one that cannot be read.
  static Expected<MappedFile> open(const std::filesystem::path& path);

  // What is open already, and stays it: for a file without a name. Its errors are clauses.
  static Expected<MappedFile> of_descriptor(int descriptor);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  // Brings all of it near in one go, for whoever reads all of it: page by page it takes longer.
  void bring_near() const noexcept;

  // Copies to `to` what is there from `offset` on, all of it within the file: for what is wanted
  // once, as a page of the mapping takes longer to touch than to copy.
  void copy(std::size_t offset, std::span<std::byte> to) const noexcept;

  // Gives back the memory of what was read so far; the bytes stay, to be read from the file again.
  void let_go() const noexcept;

 private:
  MappedFile(std::span<const std::byte> bytes, int descriptor)
      : bytes_(bytes), descriptor_(descriptor) {}

  std::span<const std::byte> bytes_;
  int descriptor_ = -1;  // of its own; none of an empty file, or where there are no more
};

// Writes `path` aside, in the same folder, and renames it into place on commit(). Destroyed
// without a commit it leaves nothing behind. A file that is there keeps its permissions, one that
// may not be written is refused, and a link goes on pointing at it. A path that is there and is no
// regular file (/dev/null, a pipe) is written straight.
class ReplacingFile {
 public:
  static Expected<ReplacingFile> create(const std::filesystem::path& path);

  ReplacingFile(ReplacingFile&& other) noexcept;
  ReplacingFile& operator=(ReplacingFile&& other) noexcept;
  ~ReplacingFile();

  Expected<void> write(std::span<const std::byte> bytes);
  Expected<void> write(std::string_view text);

  // Where the bytes are now, for a library that insists on opening a file itself.
  const std::filesystem::path& aside() const noexcept { return aside_; }

  // Flushes to the disk and renames.
  Expected<void> commit();

 private:
  ReplacingFile(std::filesystem::path path, std::filesystem::path aside, int descriptor)
      : path_(std::move(path)), aside_(std::move(aside)), descriptor_(descriptor) {}
  void discard() noexcept;

  std::filesystem::path path_, aside_;
  int descriptor_ = -1;
};

Expected<void> replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
Expected<void> replace_file(const std::filesystem::path& path, std::string_view text);
Expected<std::string> read_text(const std::filesystem::path& path);

// "No space left on device" for errno's ENOSPC, and so on.
std::string describe_errno(int code);

}  // namespace pno
