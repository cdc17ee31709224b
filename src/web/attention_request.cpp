#include "web/attention_request.h"

#include <nlohmann/json.hpp>

#include "web/limits.h"
#include "web/request_fields.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;

constexpr int kMaxPitch = 127;
constexpr int kMaxHead = 1000;  // more than any model has

Expected<void> parse_field_into(const std::string& name, const Json& value,
                                AttentionRequest& request) {
  if (name == "notes") {
    PNO_TRY(request.given, parse_notes(value));
  } else if (name == "note") {
    if (!value.is_array() || value.size() != 2) return fail("note must be [start, pitch]");
    PNO_TRY(request.start_seconds, number_in(value[0], "the start of note", 0, kMaxGivenSeconds));
    PNO_TRY(const double pitch, integer_in(value[1], "the pitch of note", 0, kMaxPitch));
    request.pitch = static_cast<int>(pitch);
  } else if (name == "layer") {
    PNO_TRY(const double layer, integer_in(value, name, 0, kMaxHead));
    request.head.layer = static_cast<int>(layer);
  } else if (name == "head") {
    PNO_TRY(const double head, integer_in(value, name, 0, kMaxHead));
    request.head.head = static_cast<int>(head);
  } else if (name == "model") {
    PNO_TRY(request.model, short_text(value, name));
  } else {
    return fail("the body has '{}'; it may have model, notes, note, layer and head", shown(name));
  }
  return {};
}

}  // namespace

Expected<AttentionRequest> parse_attention_request(std::string_view body) {
  PNO_TRY(const Json json, parse_body(body));
  if (!json.contains("note")) return fail("the body has no note: [start, pitch]");
  AttentionRequest request;
  for (const auto& [name, value] : json.items()) {
    PNO_TRY_VOID(parse_field_into(name, value, request));
  }
  return request;
}

}  // namespace pno::web
