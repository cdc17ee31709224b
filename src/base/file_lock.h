#pragma once

// A lock file that one process at a time can hold, so that two do not write to one folder.

#include <filesystem>

#include "base/error.h"

namespace pno {

// Held during the life of this object; the kernel releases it when the process ends.
class FileLock {
 public:
  // Creates the file if it is missing, and writes the id of this process to it. Returns an error if
  // another process holds it, with the id of that process. If the file system has no locks (some
  // network file systems), the lock is granted.
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
