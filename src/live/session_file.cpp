#include "live/session_file.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <set>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace pno::live {
namespace {

// 960 ticks a quarter at 300 quarters a minute.
constexpr std::uint32_t kTicksPerQuarter = 960, kQuarter_us = 200'000;
constexpr std::size_t kKeptSessions = 10;

class Bytes {
 public:
  void put(std::uint32_t value, int count) {
    while (count-- > 0) bytes_.push_back(static_cast<std::byte>(value >> (8 * count) & 0xFF));
  }
  void put(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
  }
  void put_variable(std::uint32_t value) {
    for (int shift = 21; shift > 0; shift -= 7) {
      if (value >> shift != 0) put(0x80 | (value >> shift & 0x7F), 1);
    }
    put(value & 0x7F, 1);
  }
  void put_text(std::uint32_t type, std::string_view text) {
    put(0xFF00 | type, 2);
    put_variable(static_cast<std::uint32_t>(text.size()));
    put(text);
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

std::int64_t ticks(std::int64_t time_us) {
  return (std::max<std::int64_t>(time_us, 0) * kTicksPerQuarter + kQuarter_us / 2) / kQuarter_us;
}

// Events of a track with their delta times.
class Track {
 public:
  explicit Track(std::string_view name) {
    bytes_.put_variable(0);
    bytes_.put_text(0x03, name);
  }
  Bytes& at(std::int64_t time_us) {
    const std::int64_t tick = std::max(ticks(time_us), tick_);
    bytes_.put_variable(static_cast<std::uint32_t>(tick - tick_));
    tick_ = tick;
    return bytes_;
  }
  void write(Bytes& into) {
    bytes_.put_variable(0);
    bytes_.put(0xFF2F00, 3);
    into.put("MTrk");
    into.put(static_cast<std::uint32_t>(bytes_.bytes().size()), 4);
    into.bytes().insert(into.bytes().end(), bytes_.bytes().begin(), bytes_.bytes().end());
  }

 private:
  Bytes bytes_;
  std::int64_t tick_ = 0;
};

void put_message(const MidiMessage& message, Track& track) {
  auto& bytes = track.at(message.time_us);
  for (const std::uint8_t byte : message.data()) bytes.put(byte, 1);
}

template <class T>
std::vector<T> sorted(std::vector<T> events, std::int64_t T::*time) {
  std::stable_sort(events.begin(), events.end(),
                   [time](const T& a, const T& b) { return a.*time < b.*time; });
  return events;
}

}  // namespace

void SessionFile::add(const RoomEvent& event) {
  if (event.kind == RoomEvent::Kind::heard) {
    person_.push_back(event.message);
  } else if (event.message.size > 0) {
    model_.push_back(event.message);
    if (event.message.is_note_on()) {
      const auto played = std::find_if(planned_.begin(), planned_.end(), [&](const auto& planned) {
        return planned.due_us == event.time_us && planned.pitch == event.message.pitch();
      });
      if (played != planned_.end()) planned_.erase(played);
    }
  }
}

void SessionFile::add(const PlannedEvent& event) {
  if (event.kind == PlannedEvent::Kind::note_on) planned_.push_back(event);
}

std::vector<std::byte> SessionFile::smf(const std::string& title) const {
  Track person("person"), model(title);
  auto& tempo = person.at(0);
  tempo.put(0xFF5103, 3);
  tempo.put(kQuarter_us, 3);
  for (const auto& message : sorted(person_, &MidiMessage::time_us)) put_message(message, person);

  // Messages and texts of the model in the order of time.
  const auto messages = sorted(model_, &MidiMessage::time_us);
  const auto planned = sorted(planned_, &PlannedEvent::due_us);
  std::size_t next = 0;
  for (const auto& text : planned) {
    for (; next < messages.size() && messages[next].time_us <= text.due_us; ++next) {
      put_message(messages[next], model);
    }
    model.at(text.due_us).put_text(0x01, fmt::format("planned: {} {}", text.pitch, text.velocity));
  }
  for (; next < messages.size(); ++next) put_message(messages[next], model);

  Bytes bytes;
  bytes.put("MThd");
  bytes.put(6, 4);
  bytes.put(1, 2);  // format
  bytes.put(2, 2);  // tracks
  bytes.put(kTicksPerQuarter, 2);
  person.write(bytes);
  model.write(bytes);
  return std::move(bytes.bytes());
}

Expected<void> write_session(const SessionFile& session, const std::string& title,
                             const std::filesystem::path& path) {
  return replace_file(path, session.smf(title));
}

std::filesystem::path sessions_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty()) return data / "pno/sessions";
  if (const auto home = variable("HOME"); !home.empty()) return home / ".local/share/pno/sessions";
  return {};
}

Expected<std::filesystem::path> next_session_file(const std::filesystem::path& folder) {
  PNO_TRY_VOID(make_folder(folder));
  constexpr std::string_view kName = "session-";
  std::set<std::pair<std::filesystem::file_time_type, std::filesystem::path>> sessions;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kName) || !name.ends_with(".mid")) continue;
    sessions.emplace(entry.last_write_time(ignored), entry.path());
  }
  while (sessions.size() >= kKeptSessions) {
    std::filesystem::remove(sessions.begin()->second, ignored);
    sessions.erase(sessions.begin());
  }
  const std::time_t now = std::time(nullptr);
  auto name = fmt::format("{}{:%Y-%m-%d-%H%M%S}", kName, fmt::localtime(now));
  auto path = folder / (name + ".mid");
  for (int i = 2; std::filesystem::exists(path, ignored); ++i) {
    path = folder / fmt::format("{}-{}.mid", name, i);
  }
  return path;
}

}  // namespace pno::live
