#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/file.h"

namespace pno {
namespace {

// The process id that the holder wrote; empty if it has not written it yet.
std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string number(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!number.empty() && number.back() == '\n') number.pop_back();
  return number;
}

// Whether `path` still is the file that is open: the holder before may have removed it.
bool is_there(const std::filesystem::path& path, int descriptor) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

Expected<FileLock> FileLock::take(const std::filesystem::path& path) {
  constexpr mode_t kMode = 0666;  // minus the umask
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor < 0) {
    const int code = errno;
    return fail("{}: cannot be written: {}", path.string(), describe_errno(code));
  }
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    const auto holder = holder_of(descriptor);
    return fail("{}: is held by another process{}", path.string(),
                holder.empty() ? "" : ", " + holder);
  }
  const auto number = std::to_string(::getpid()) + '\n';
  // Only for the message of another process; a failure does not matter.
  if (::ftruncate(descriptor, 0) == 0) {
    [[maybe_unused]] const auto written = ::pwrite(descriptor, number.data(), number.size(), 0);
  }
  return lock;
}

Expected<FileLock> FileLock::take_for_now(const std::filesystem::path& path) {
  while (true) {
    PNO_TRY(auto lock, take(path));
    if (!is_there(path, lock.descriptor_)) continue;
    lock.removed_at_end_ = path;
    return lock;
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      removed_at_end_(std::move(other.removed_at_end_)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(removed_at_end_, other.removed_at_end_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Removed while it is held: a process that opened it before looks whether it is still there.
  if (!removed_at_end_.empty()) ::unlink(removed_at_end_.c_str());
  ::close(descriptor_);
}

}  // namespace pno
