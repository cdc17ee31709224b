#pragma once

// Files are read by mapping them, and written to a temporary name and renamed, so that the final
// name never holds a partial file.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace pno {

// The bytes of a file, mapped read-only during the life of this object.
class MappedFile {
 public:
  // Returns an error if the file is missing or unreadable, or is a folder, pipe or device.
  static Expected<MappedFile> open(const std::filesystem::path& path);

  // Maps an open file, which stays open: for a file without a name. Messages of errors do not name
  // the file.
  static Expected<MappedFile> of_descriptor(int descriptor);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const noexcept { return bytes_; }

  // Maps all pages at once: faster than page by page if the whole file will be read.
  void prefault() const noexcept;

  // Copies the bytes from `offset` on; offset + to.size() is at most the size of the file. For data
  // that is read once: copying is faster than touching a page of the mapping.
  void copy(std::size_t offset, std::span<std::byte> to) const noexcept;

  // Releases the memory of the pages read so far. The bytes stay valid and are read from the file
  // again.
  void drop_pages() const noexcept;

 private:
  MappedFile(std::span<const std::byte> bytes, int descriptor)
      : bytes_(bytes), descriptor_(descriptor) {}

  std::span<const std::byte> bytes_;
  int descriptor_ = -1;  // own duplicate; -1 for an empty file, or if none could be had
};

// Writes to a temporary file in the folder of `path` and renames it to `path` in commit(). Without
// a commit() it leaves no file behind. An existing file keeps its permissions; a link keeps
// pointing at the same target, which is replaced or made. An existing path that is not a regular
// file (/dev/null, a pipe) and a name of stdout (base/standard_streams.h) are written directly.
class ReplacingFile {
 public:
  // Returns an error if `path` is a folder or cannot be written.
  static Expected<ReplacingFile> create(const std::filesystem::path& path);

  ReplacingFile(ReplacingFile&& other) noexcept;
  ReplacingFile& operator=(ReplacingFile&& other) noexcept;
  ~ReplacingFile();

  Expected<void> write(std::span<const std::byte> bytes);
  Expected<void> write(std::string_view text);

  // The temporary file, for a library that opens its output by name.
  const std::filesystem::path& aside() const noexcept { return aside_; }

  // Flushes to the disk and renames. Call it once.
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

// Makes a folder and its parents; succeeds if it exists.
Expected<void> make_folder(const std::filesystem::path& path);

// The text of an errno value: "No space left on device" for ENOSPC.
std::string describe_errno(int code);

}  // namespace pno
