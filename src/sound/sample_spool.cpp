#include "sound/sample_spool.h"

#include <filesystem>
#include <system_error>

namespace pno::sound {
namespace {

std::filesystem::path folder() {
  std::error_code error;
  auto found = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : found;
}

tl::unexpected<Error> spool_failure(const Error& error) {
  return fail(
      "{}: cannot keep the samples of a sound while it is made: {}; free some space there "
      "or set TMPDIR to another folder (a minute of sound takes 21 MB)",
      folder().string(), error.message);
}

}  // namespace

Expected<SampleSpool> SampleSpool::create() {
  auto file = ScratchFile::create(folder());
  if (!file) return spool_failure(file.error());
  return SampleSpool(std::move(*file));
}

Expected<void> SampleSpool::write(std::span<const float> samples) {
  const auto written = file_.append(std::as_bytes(samples));
  if (!written) return spool_failure(written.error());
  return {};
}

Expected<void> SampleSpool::read(std::int64_t first, std::span<float> into) const {
  const auto offset = static_cast<std::uint64_t>(first) * sizeof(float);
  const auto done = file_.read(offset, std::as_writable_bytes(into));
  if (!done) return spool_failure(done.error());
  return {};
}

}  // namespace pno::sound
