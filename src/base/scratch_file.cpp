#include "base/scratch_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace pno {

Expected<ScratchFile> ScratchFile::create(const std::filesystem::path& folder) {
  std::string name = folder / ".pno-scratch-XXXXXX";
  const int descriptor = ::mkstemp(name.data());
  if (descriptor < 0) return fail("{}", describe_errno(errno));
  ::unlink(name.c_str());
  return ScratchFile(descriptor);
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ScratchFile::~ScratchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Expected<void> ScratchFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail("{}", describe_errno(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<void> ScratchFile::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t count =
        ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("{}", describe_errno(errno));
    PNO_CHECK(count > 0, "read() beyond the appended bytes");
    into = into.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Expected<MappedFile> ScratchFile::map() const {
  return MappedFile::of_descriptor(descriptor_);
}

}  // namespace pno
