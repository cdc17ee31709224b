#pragma once

// A file that one process at a time holds, so that two do not write into the same folder.

#include <filesystem>

#include "base/error.h"

namespace pno {

// Held as long as this object lives, and never longer than its process, however that ends.
class FileLock {
 public:
  // Makes the file where it is missing, and writes this process's number into it. Fails where
  // another process holds it, with that number. Where the file system knows no locks (some network
  // ones do not), it is taken as free.
  static Expected<FileLock> take(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace pno
