#include "web/music_stream.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "web/limits.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;

std::string server_sent(std::string_view event, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", event, data.dump());
}

}  // namespace

MusicStream::MusicStream(Studio& studio, std::shared_ptr<Studio::Listener> listener,
                         double from_seconds)
    : studio_(studio),
      listener_(std::move(listener)),
      notes_(studio.engine().vocabulary(), from_seconds) {}

MusicStream::~MusicStream() {
  studio_.leave(*listener_);
}

std::string MusicStream::notes_event() {
  Json notes = Json::array();
  for (const auto& note : notes_.take()) {
    const Json end = note.end_seconds < 0 ? Json() : Json(note.end_seconds);
    notes.push_back({note.id, note.start_seconds, end, note.pitch, note.velocity});
  }
  return server_sent("notes", {{"notes", std::move(notes)}, {"until", notes_.now_seconds()}});
}

Part MusicStream::next() {
  const auto batch = studio_.receive(*listener_, kHeartbeat);
  if (batch.tokens.empty() && !batch.is_done) return {.bytes = ": pno is here\n\n"};
  for (const auto token : batch.tokens) notes_.read(token);
  if (batch.is_done) notes_.finish();
  std::string text = notes_event();
  if (!batch.failure.empty()) {
    text += server_sent("failed", {{"error", batch.failure}});
  } else if (batch.is_done) {
    text += server_sent("end", Json::object());
  }
  return {.bytes = std::move(text), .is_last = batch.is_done};
}

}  // namespace pno::web
