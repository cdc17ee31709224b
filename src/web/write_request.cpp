#include "web/write_request.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "midi/performance.h"
#include "web/draw_settings.h"
#include "web/limits.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;

constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: exact in JSON of any client
constexpr int kMaxVelocity = 127, kMaxPitch = 127;
constexpr std::int64_t kShortest_us = 1'000;

Expected<double> number_in(const Json& value, std::string_view name, double low, double high) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (number >= low && number <= high) return number;
  return fail("{} must be a number from {} to {}", name, low, high);
}

// A name from the body for a message; a long one is cut.
std::string shown(const std::string& name) {
  constexpr std::size_t kLongest = 40;
  return name.size() <= kLongest ? name : name.substr(0, kLongest) + "…";
}

Expected<double> integer_in(const Json& value, std::string_view name, double low, double high) {
  PNO_TRY(const double number, number_in(value, name, low, high));
  if (number == std::floor(number)) return number;
  return fail("{} must be an integer", name);
}

// [start, end, pitch, velocity], times in seconds.
Expected<midi::Note> parse_note(const Json& value, std::size_t index) {
  constexpr std::size_t kValues = 4;
  if (!value.is_array() || value.size() != kValues) {
    return fail("notes[{}] must be [start, end, pitch, velocity]", index);
  }
  const auto name = [&](std::string_view part) {
    return fmt::format("the {} of notes[{}]", part, index);
  };
  PNO_TRY(const double start, number_in(value[0], name("start"), 0, kMaxGivenSeconds));
  PNO_TRY(const double end, number_in(value[1], name("end"), start, start + kMaxGivenSeconds / 24));
  PNO_TRY(const double pitch, integer_in(value[2], name("pitch"), 0, kMaxPitch));
  PNO_TRY(const double velocity, integer_in(value[3], name("velocity"), 1, kMaxVelocity));
  const auto us = [](double seconds) {
    return static_cast<std::int64_t>(std::llround(seconds * 1e6));
  };
  const auto length = static_cast<std::uint32_t>(std::max(kShortest_us, us(end) - us(start)));
  return midi::Note{.start_us = us(start),
                    .length_us = length,
                    .key_length_us = length,
                    .pitch = static_cast<std::uint8_t>(pitch),
                    .velocity = static_cast<std::uint8_t>(velocity)};
}

Expected<std::vector<events::PlainNote>> parse_notes(const Json& value) {
  if (!value.is_array()) return fail("notes must be a list");
  if (value.size() > kMaxNotes)
    return fail("notes has {} notes; at most {}", value.size(), kMaxNotes);
  midi::Performance performance;
  for (std::size_t i = 0; i < value.size(); ++i) {
    PNO_TRY(const auto note, parse_note(value[i], i));
    performance.notes.push_back(note);
  }
  midi::make_playable(performance.notes);
  return events::plain_notes(performance);
}

// Options of a session by name: numbers, texts or booleans, as in pno.h.
Expected<infer::DrawOptions> parse_options(const Json& value) {
  if (!value.is_object()) return fail("options must be an object");
  DrawSettings options;
  for (const auto& [name, setting] : value.items()) {
    const bool is_known_type = setting.is_string() || setting.is_number() || setting.is_boolean();
    if (!is_known_type) {
      return fail("options has '{}', which cannot be set here", shown(name));
    }
    const auto text = setting.is_string() ? setting.get<std::string>() : setting.dump();
    constexpr std::size_t kLongestText = 64;
    if (text.size() > kLongestText) return fail("options has a long text for '{}'", shown(name));
    auto found = set_field(options, name, text);
    if (!found) return fail("options: {}", found.error().message);
    if (!*found) return fail("options has '{}', which is not an option of this pno", shown(name));
  }
  if (auto complete = options.complete(); !complete) {
    return fail("options: {}", complete.error().message);
  }
  return options.draw;
}

Expected<void> parse_field_into(const std::string& name, const Json& value, WriteRequest& request) {
  if (name == "notes") {
    PNO_TRY(request.given, parse_notes(value));
  } else if (name == "from") {
    PNO_TRY(request.from_seconds, number_in(value, name, 0, kMaxGivenSeconds));
  } else if (name == "seconds") {
    PNO_TRY(request.seconds, number_in(value, name, 0.1, kMaxSeconds));
  } else if (name == "seed") {
    PNO_TRY(const double seed, integer_in(value, name, 0, kMaxSeed));
    request.seed = static_cast<std::uint64_t>(seed);
  } else if (name == "options") {
    PNO_TRY(request.draw, parse_options(value));
  } else {
    return fail("the body has '{}'; it may have notes, from, seconds, seed and options",
                shown(name));
  }
  return {};
}

}  // namespace

std::vector<events::Token> WriteRequest::prime(const events::Vocabulary& vocabulary) const {
  auto tokens = events::encode(given, vocabulary, {.eos = false});
  std::int64_t steps = 0;
  for (const auto token : tokens) {
    const auto event = vocabulary.event(token);
    if (event.kind == events::Kind::time_shift) steps += event.value;
  }
  auto left = std::llround(from_seconds * vocabulary.steps_per_second) - steps;
  for (; left > 0; left -= vocabulary.max_shift_steps) {
    tokens.push_back(vocabulary.time_shift(
        static_cast<int>(std::min<std::int64_t>(left, vocabulary.max_shift_steps))));
  }
  return tokens;
}

Expected<WriteRequest> parse_write_request(std::string_view body) {
  if (body.size() > kMaxBodyBytes) return fail("the body is larger than {} bytes", kMaxBodyBytes);
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail("the body is not a JSON object");
  WriteRequest request;
  for (const auto& [name, value] : json.items()) {
    PNO_TRY_VOID(parse_field_into(name, value, request));
  }
  return request;
}

}  // namespace pno::web
