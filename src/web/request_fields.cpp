#include "web/request_fields.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "midi/performance.h"
#include "web/limits.h"

namespace pno::web {

using Json = nlohmann::json;

namespace {

constexpr int kMaxVelocity = 127, kMaxPitch = 127;
constexpr std::int64_t kShortest_us = 1'000;
constexpr std::size_t kLongestText = 64;

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

}  // namespace

Expected<Json> parse_body(std::string_view body) {
  if (body.size() > kMaxBodyBytes) return fail("the body is larger than {} bytes", kMaxBodyBytes);
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return fail("the body is not a JSON object");
  return json;
}

Expected<double> number_in(const Json& value, std::string_view name, double low, double high) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (number >= low && number <= high) return number;
  return fail("{} must be a number from {} to {}", name, low, high);
}

std::string shown(const std::string& name) {
  constexpr std::size_t kLongest = 40;
  return name.size() <= kLongest ? name : name.substr(0, kLongest) + "…";
}

Expected<double> integer_in(const Json& value, std::string_view name, double low, double high) {
  PNO_TRY(const double number, number_in(value, name, low, high));
  if (number == std::floor(number)) return number;
  return fail("{} must be an integer", name);
}

Expected<std::string> short_text(const Json& value, std::string_view name) {
  if (value.is_string() && value.get<std::string>().size() <= kLongestText) {
    return value.get<std::string>();
  }
  return fail("{} must be a text of at most {} bytes", name, kLongestText);
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

}  // namespace pno::web
