#pragma once

// A file that one process at a time holds, so that two do not write into the same folder.

#include <filesystem>

#include "base/error.h"

namespace pno {

// Held as long as this object lives, and never longer than its process, however that ends.
class FileLock {
 public:
  // Makes the file if it is missing, and writes this process's number into it. Returns an error if
  // another process holds it, with that number. If the file system has no locks (some network ones
  // have none), it is taken as free.
  static Expected<FileLock> take(const std::filesystem::path& path);

  // The same; the file is removed when the lock is released.
  static Expected<FileLock> take_for_now(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
  std::filesystem::path removed_at_end_;  // empty: the file stays
};

}  // namespace pno
