#include "web/openapi.h"

#include <nlohmann/json.hpp>

#include "base/version.h"
#include "web/draw_settings.h"
#include "web/limits.h"

namespace pno::web {
namespace {

using Json = nlohmann::ordered_json;

Json number(double low, double high, std::string_view help) {
  return {{"type", "number"}, {"minimum", low}, {"maximum", high}, {"description", help}};
}

Json integer(std::int64_t low, std::int64_t high, std::string_view help) {
  return {{"type", "integer"}, {"minimum", low}, {"maximum", high}, {"description", help}};
}

Json answer(std::string_view description) {
  return {{"description", description}};
}

Json json_answer(std::string_view description, Json schema) {
  return {{"description", description},
          {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
}

Json error_answer(std::string_view description) {
  return json_answer(description, {{"$ref", "#/components/schemas/Error"}});
}

Json options_schema() {
  Json properties = Json::object();
  const DrawSettings defaults;
  DrawSettings::fields(defaults, [&](auto name, const auto& value, auto help) {
    properties[std::string(name)] = {{"description", std::string(help)},
                                     {"default", field_text(value)}};
  });
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

Json request_schema() {
  const Json note = {{"type", "array"},
                     {"description", "[start, end, pitch, velocity]; times in seconds"},
                     {"minItems", 4},
                     {"maxItems", 4},
                     {"items", {{"type", "number"}}}};
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties",
           {{"notes",
             {{"type", "array"},
              {"maxItems", kMaxNotes},
              {"items", note},
              {"description", "the music so far, which the model continues"}}},
            {"from", number(0, kMaxGivenSeconds, "seconds, where the new music begins")},
            {"seconds", number(0.1, kMaxSeconds, "of new music; 30 if left out")},
            {"seed", integer(0, 1LL << 53, "same seed, same request, same model: same music")},
            {"options", options_schema()}}}};
}

}  // namespace

std::string openapi_json() {
  Json paths;
  paths["/health"]["get"] = {
      {"summary", "Whether the server answers"},
      {"responses",
       {{"200", json_answer("It does", {{"type", "object"},
                                        {"required", {"status", "playing", "waiting"}},
                                        {"properties",
                                         {{"status", {{"type", "string"}}},
                                          {"playing", integer(0, kMaxPlaying, "listeners")},
                                          {"waiting", integer(0, kMaxWaiting, "listeners")}}}})}}}};
  paths["/api/models"]["get"] = {
      {"summary", "The models that can play"},
      {"responses",
       {{"200", json_answer("A list", {{"type", "array"},
                                       {"items",
                                        {{"type", "object"},
                                         {"required",
                                          {"id", "name", "context", "options", "infill",
                                           "accompany", "attention"}}}}})},
        {"403", error_answer("From another site, or without the token")}}}};
  paths["/api/generate"]["post"] = {
      {"summary", "New music, or a continuation, as server-sent events"},
      {"description",
       "Events of the stream: `notes` with {\"notes\": [[id, start, end or null, pitch, velocity], "
       "…], \"until\": seconds}, a note being sent when it begins and again when it ends; `end`; "
       "`failed` with {\"error\": sentence}. A comment every second shows that the server is "
       "there. "
       "Closing the connection ends the music."},
      {"requestBody",
       {{"required", true},
        {"description", "at most " + std::to_string(kMaxBodyBytes) + " bytes"},
        {"content",
         {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Request"}}}}}}}}},
      {"responses",
       {{"200",
         {{"description", "The stream"}, {"content", {{"text/event-stream", Json::object()}}}}},
        {"400", error_answer("The body is wrong")},
        {"403", error_answer("From another site, or without the token")},
        {"413", answer("The body is too large")},
        {"415", error_answer("The body is not application/json")},
        {"429", error_answer("All places are taken")}}}};
  paths["/api/openapi.json"]["get"] = {{"summary", "This description"},
                                       {"responses", {{"200", answer("JSON")}}}};
  const Json document = {
      {"openapi", "3.0.3"},
      {"info",
       {{"title", "pno"},
        {"version", std::string(kPnoVersion)},
        {"description", "Music of a model. At most " + std::to_string(kMaxPlaying) +
                            " listeners share it, " + std::to_string(kMaxWaiting) +
                            " more wait; others get 429."}}},
      {"paths", paths},
      {"components",
       {{"schemas",
         {{"Request", request_schema()},
          {"Error",
           {{"type", "object"},
            {"required", {"error"}},
            {"properties",
             {{"error", {{"type", "string"}, {"description", "one sentence"}}}}}}}}}}}};
  return document.dump(2);
}

}  // namespace pno::web
