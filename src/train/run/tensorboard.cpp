#include "train/run/tensorboard.h"

#include <unistd.h>

#include <bit>
#include <chrono>

#include "base/file.h"
#include "train/run/crc32c.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileVersion = "brain.Event:2";

// Fields of TensorBoard's messages (tensorboard/compat/proto/event.proto, summary.proto).
enum EventField { kWallTime = 1, kStep = 2, kVersionOfFile = 3, kSummary = 5, kSessionLog = 7 };
enum SummaryField { kValue = 1 };
enum ValueField { kTag = 1, kSimpleValue = 2 };
enum SessionLogField { kStatus = 1 };
constexpr std::uint64_t kStatusStart = 1;  // SessionLog.SessionStatus.START

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

// Appends a field of a protobuf message, https://protobuf.dev/programming-guides/encoding.
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
void append_varint(std::string& message, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7f) | 0x80);
  message += static_cast<char>(value);
}
void append_key(std::string& message, int field, WireType type) {
  append_varint(message, static_cast<std::uint64_t>(field << 3 | type));
}
void append_integer(std::string& message, int field, std::uint64_t value) {
  append_key(message, field, kVarint);
  append_varint(message, value);
}
void append_bytes(std::string& message, int field, std::string_view bytes) {
  append_key(message, field, kBytes);
  append_varint(message, bytes.size());
  message += bytes;
}

std::string event_at(std::int64_t step) {
  std::string event;
  append_key(event, kWallTime, kFixed64);
  event += little_endian(std::bit_cast<std::uint64_t>(seconds_since_1970()));
  append_integer(event, kStep, static_cast<std::uint64_t>(step));
  return event;
}

// TensorBoard reads the files of a folder whose names contain "tfevents", in the order of their
// names.
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
  PNO_TRY_VOID(make_folder(folder));
  EventFile file(new_file_in(folder));
  file.file_.open(file.path_, std::ios::binary);
  auto version = event_at(0);
  append_bytes(version, kVersionOfFile, kFileVersion);
  PNO_TRY_VOID(file.write_record(version));
  auto start = event_at(last_step + 1);
  std::string session_log;
  append_integer(session_log, kStatus, kStatusStart);
  append_bytes(start, kSessionLog, session_log);
  PNO_TRY_VOID(file.write_record(start));
  return file;
}

Expected<void> EventFile::add(std::int64_t step, const std::vector<Scalar>& scalars) {
  std::string summary;
  for (const auto& [tag, number] : scalars) {
    std::string value;
    append_bytes(value, kTag, tag);
    append_key(value, kSimpleValue, kFixed32);
    value += little_endian(std::bit_cast<std::uint32_t>(static_cast<float>(number)));
    append_bytes(summary, kValue, value);
  }
  auto event = event_at(step);
  append_bytes(event, kSummary, summary);
  return write_record(event);
}

Expected<void> EventFile::write_record(const std::string& bytes) {
  const auto length = little_endian(std::uint64_t{bytes.size()});
  file_ << length << little_endian(masked_crc32c(length)) << bytes
        << little_endian(masked_crc32c(bytes)) << std::flush;
  if (!file_) return fail("{}: cannot be written; is the disk full?", path_.string());
  return {};
}

}  // namespace pno::train
