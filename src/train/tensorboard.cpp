#include "train/tensorboard.h"

#include <unistd.h>

#include <chrono>
#include <cmath>

#include "train/crc32c.h"
#include "train/event.pb.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "brain.Event:2";

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

tensorboard::Event event_at(std::int64_t step) {
  tensorboard::Event event;
  event.set_wall_time(seconds_since_1970());
  event.set_step(step);
  return event;
}

// TensorBoard reads the files of a folder in the order of their names, and takes for one of them
// what has "tfevents" in its name.
fs::path new_file_in(const fs::path& folder) {
  std::error_code ignored;
  const auto now = static_cast<std::int64_t>(seconds_since_1970());
  for (int number = 0;; ++number) {
    auto path =
        folder / fmt::format("events.out.tfevents.{:010}.pno.{}.{:03}", now, ::getpid(), number);
    if (!fs::exists(path, ignored)) return path;
  }
}

}  // namespace

Expected<EventFile> EventFile::create(const fs::path& folder, std::int64_t last_step) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail("{}: cannot be made: {}", folder.string(), error.message());
  EventFile file(new_file_in(folder));
  file.file_.open(file.path_, std::ios::binary);
  auto version = event_at(0);
  version.set_file_version(kVersion);
  PNO_TRY_VOID(file.write_record(version.SerializeAsString()));
  auto start = event_at(last_step + 1);
  start.mutable_session_log()->set_status(tensorboard::SessionLog::START);
  PNO_TRY_VOID(file.write_record(start.SerializeAsString()));
  return file;
}

Expected<void> EventFile::add(std::int64_t step, const std::vector<Scalar>& scalars) {
  auto event = event_at(step);
  for (const auto& [tag, value] : scalars) {
    auto* const entry = event.mutable_summary()->add_value();
    entry->set_tag(tag.data(), tag.size());
    entry->set_simple_value(static_cast<float>(value));
  }
  return write_record(event.SerializeAsString());
}

Expected<void> EventFile::write_record(const std::string& bytes) {
  const auto length = little_endian(std::uint64_t{bytes.size()});
  file_ << length << little_endian(masked_crc32c(length)) << bytes
        << little_endian(masked_crc32c(bytes)) << std::flush;
  if (!file_) return fail("{}: cannot be written; is the disk full?", path_.string());
  return {};
}

}  // namespace pno::train
