#include "web/write_request.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "web/draw_settings.h"
#include "web/limits.h"
#include "web/request_fields.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;

constexpr double kMaxSeed = 9007199254740992.0;  // 2^53: exact in JSON of any client

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
  } else if (name == "model") {
    PNO_TRY(request.model, short_text(value, name));
  } else if (name == "options") {
    PNO_TRY(request.draw, parse_options(value));
  } else {
    return fail(
        "the body has '{}'; it may have model, notes, from, seconds, seed and "
        "options",
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
  PNO_TRY(const Json json, parse_body(body));
  WriteRequest request;
  for (const auto& [name, value] : json.items()) {
    PNO_TRY_VOID(parse_field_into(name, value, request));
  }
  return request;
}

}  // namespace pno::web
