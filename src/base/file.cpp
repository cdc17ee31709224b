#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/standard_streams.h"

namespace pno {
namespace {

std::string advice(int code) {
  switch (code) {
    case ENOENT:
      return "; check the spelling of the path";
    case EACCES:
      return "; check its permissions";
    case ENOSPC:
      return "; free some space and try again";
    default:
      return "";
  }
}

tl::unexpected<Error> fail_to_write(const std::filesystem::path& path, int code) {
  return fail("{}: cannot be written: {}{}", path.string(), describe_errno(code), advice(code));
}

// Follows links, so that a link stays a link and its target is written, whether that exists or not.
// Returns a path that is not a link as it is.
std::filesystem::path target_of_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as many as the kernel follows
  std::error_code unreadable;
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path, unreadable); ++i) {
    const auto next = std::filesystem::read_symlink(path, unreadable);
    if (unreadable) break;
    path = path.parent_path() / next;  // `next` alone if it is absolute
  }
  return path;
}

// Closes its descriptor at the end of the scope.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

std::string describe_errno(int code) {
  return std::generic_category().message(code);
}

Expected<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: open() must not wait for the writer of a named pipe, which is refused below.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (file.number < 0 || ::fstat(file.number, &status) != 0) {
    const int code = errno;
    return fail("{}: cannot be read: {}{}", path.string(), describe_errno(code), advice(code));
  }
  if (S_ISDIR(status.st_mode)) {
    return fail("{}: is a folder where a file was expected", path.string());
  }
  if (!S_ISREG(status.st_mode)) {
    return fail("{}: is not a regular file; copy its content to one first", path.string());
  }
  auto mapped = of_descriptor(file.number);
  if (!mapped) return fail("{}: {}", path.string(), mapped.error().message);
  return mapped;
}

Expected<MappedFile> MappedFile::of_descriptor(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail("cannot be read: {}", describe_errno(errno));
  const auto size_bytes = static_cast<std::size_t>(status.st_size);
  if (size_bytes == 0) return MappedFile(/*bytes=*/{}, /*descriptor=*/-1);
  void* address = ::mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) return fail("cannot be mapped into memory: {}", describe_errno(errno));
  return MappedFile({static_cast<const std::byte*>(address), size_bytes},
                    ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, std::span<const std::byte>{})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

MappedFile::~MappedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  // munmap takes a non-const pointer but does not write through it.
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::prefault() const noexcept {
#ifdef MADV_POPULATE_READ
  if (bytes_.empty()) return;
  // An older kernel refuses; the pages are then mapped one by one.
  (void)::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_POPULATE_READ);
#endif
}

void MappedFile::copy(std::size_t offset, std::span<std::byte> to) const noexcept {
  PNO_CHECK(offset <= bytes_.size() && to.size() <= bytes_.size() - offset,
            "copy() needs a range within the file");
  while (!to.empty() && descriptor_ >= 0) {
    const ssize_t read = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) break;
    offset += static_cast<std::size_t>(read);
    to = to.subspan(static_cast<std::size_t>(read));
  }
  std::copy_n(bytes_.data() + offset, to.size(), to.data());
}

void MappedFile::drop_pages() const noexcept {
  if (bytes_.empty()) return;
  // A failure only keeps the memory in use.
  (void)::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

Expected<ReplacingFile> ReplacingFile::create(const std::filesystem::path& path) {
  if (names_stdout(path)) {
    const std::filesystem::path name = "/dev/stdout";
    const int descriptor = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return fail_to_write(name, errno);
    return ReplacingFile(name, name, descriptor);
  }
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode)) {
    return fail("{}: is a folder; name a file to write", path.string());
  }
  if (is_there && ::access(path.c_str(), W_OK) != 0) return fail_to_write(path, errno);

  const bool is_special = is_there && !S_ISREG(status.st_mode);
  auto target = is_special ? path : target_of_links(path);
  std::error_code ignored;
  if (!is_special && std::filesystem::is_symlink(target, ignored)) {
    return fail_to_write(path, ELOOP);
  }
  auto aside = target;
  if (!is_special) aside += fmt::format(".tmp-{}", ::getpid());
  const int flags = O_WRONLY | O_CLOEXEC | (is_special ? 0 : O_CREAT | O_TRUNC);
  const int descriptor = ::open(aside.c_str(), flags, 0666);
  if (descriptor < 0) return fail_to_write(path, errno);
  ReplacingFile file(std::move(target), std::move(aside), descriptor);
  const bool keeps_mode = is_there && !is_special;
  if (keeps_mode && ::fchmod(descriptor, status.st_mode & 07777) != 0) {
    return fail_to_write(path, errno);
  }
  return file;
}

ReplacingFile::ReplacingFile(ReplacingFile&& other) noexcept
    : path_(std::move(other.path_)),
      aside_(std::move(other.aside_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

ReplacingFile& ReplacingFile::operator=(ReplacingFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(aside_, other.aside_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ReplacingFile::~ReplacingFile() {
  discard();
}

void ReplacingFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  if (aside_ != path_) ::unlink(aside_.c_str());
}

Expected<void> ReplacingFile::write(std::span<const std::byte> bytes) {
  PNO_CHECK(descriptor_ >= 0, "write() after commit()");
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_to_write(path_, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<void> ReplacingFile::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

Expected<void> ReplacingFile::commit() {
  PNO_CHECK(descriptor_ >= 0, "commit() after commit()");
  if (aside_ == path_) {
    ::close(std::exchange(descriptor_, -1));
    return {};
  }
  if (::fsync(descriptor_) != 0 || ::rename(aside_.c_str(), path_.c_str()) != 0) {
    const int code = errno;
    discard();
    return fail_to_write(path_, code);
  }
  ::close(std::exchange(descriptor_, -1));
  return {};
}

Expected<void> replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  PNO_TRY(auto file, ReplacingFile::create(path));
  PNO_TRY_VOID(file.write(bytes));
  return file.commit();
}

Expected<void> replace_file(const std::filesystem::path& path, std::string_view text) {
  return replace_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

Expected<std::string> read_text(const std::filesystem::path& path) {
  PNO_TRY(const auto file, MappedFile::open(path));
  const auto bytes = file.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Expected<void> make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail("{}: cannot be made: {}", path.string(), error.message());
  return {};
}

}  // namespace pno
