#include "sound/sample_spool.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"

namespace pno::sound {
namespace {

std::filesystem::path folder() {
  std::error_code error;
  auto found = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : found;
}

tl::unexpected<Error> spool_failure(int code) {
  return fail(
      "{}: cannot keep the samples of a sound while it is made: {}; free some space there "
      "or set TMPDIR to another folder (a minute of sound takes 21 MB)",
      folder().string(), describe_errno(code));
}

}  // namespace

Expected<SampleSpool> SampleSpool::create() {
  std::string name = folder() / "pno-samples-XXXXXX";
  const int descriptor = ::mkstemp(name.data());
  if (descriptor < 0) return spool_failure(errno);
  ::unlink(name.c_str());
  return SampleSpool(descriptor);
}

SampleSpool::SampleSpool(SampleSpool&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

SampleSpool& SampleSpool::operator=(SampleSpool&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

SampleSpool::~SampleSpool() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Expected<void> SampleSpool::write(std::span<const float> samples) {
  auto bytes = std::as_bytes(samples);
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return spool_failure(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<void> SampleSpool::read(std::int64_t first, std::span<float> into) const {
  auto bytes = std::as_writable_bytes(into);
  auto offset = static_cast<off_t>(first) * static_cast<off_t>(sizeof(float));
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return spool_failure(errno);
    PNO_CHECK(count > 0, "samples were read that had not been written");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  return {};
}

}  // namespace pno::sound
