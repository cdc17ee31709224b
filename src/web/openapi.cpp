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

Json numbers(std::size_t count, std::string_view help) {
  return {{"type", "array"},
          {"description", help},
          {"minItems", count},
          {"maxItems", count},
          {"items", {{"type", "number"}}}};
}

Json notes_schema(std::string_view help) {
  return {{"type", "array"},
          {"maxItems", kMaxNotes},
          {"items", numbers(4, "[start, end, pitch, velocity]; times in seconds")},
          {"description", help}};
}

Json model_schema() {
  return {{"type", "string"}, {"description", "an id of /api/models; the first if left out"}};
}

Json request_schema() {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties",
           {{"model", model_schema()},
            {"notes", notes_schema("the music so far, which the model continues")},
            {"from", number(0, kMaxGivenSeconds, "seconds, where the new music begins")},
            {"seconds", number(0.1, kMaxSeconds, "of new music; 30 if left out")},
            {"seed", integer(0, 1LL << 53, "same seed, same request, same model: same music")},
            {"options", options_schema()}}}};
}

Json attention_schema() {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", {"note"}},
          {"properties",
           {{"model", model_schema()},
            {"notes", notes_schema("the music, with the note")},
            {"note", numbers(2, "[start, pitch] of the note; start in seconds")},
            {"layer", integer(0, 1000, "from 1; 0: the mean over all")},
            {"head", integer(0, 1000, "of each layer, from 1; 0: the mean over all")}}}};
}

Json heeded_schema() {
  return {{"type", "object"},
          {"required", {"notes", "rest"}},
          {"properties",
           {{"notes",
             {{"type", "array"},
              {"items", numbers(3, "[start, pitch, share of the attention], the greatest first")}}},
            {"rest", number(0, 1, "share of events that belong to no note")}}}};
}

Json body_of(std::string_view type, Json schema) {
  return {{"required", true},
          {"description", "at most " + std::to_string(kMaxBodyBytes) + " bytes"},
          {"content", {{std::string(type), {{"schema", std::move(schema)}}}}}};
}

Json reference(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

// Answers of every POST, with those of its own.
Json answers(std::string_view type, Json ok) {
  return {{"200", std::move(ok)},
          {"400", error_answer("The body is wrong")},
          {"403", error_answer("From another site, or without the token")},
          {"413", answer("The body is too large")},
          {"415", error_answer("The body is not " + std::string(type))},
          {"429", error_answer("All places are taken")}};
}

void add_posts(Json& paths) {
  const std::string json = "application/json", midi = "audio/midi";
  const Json stream = {{"description", "The stream"},
                       {"content", {{"text/event-stream", Json::object()}}}};
  paths["/api/generate"]["post"] = {
      {"summary", "New music, or a continuation, as server-sent events"},
      {"description",
       "Events of the stream: `notes` with {\"notes\": [[id, start, end or null, pitch, velocity], "
       "…], \"until\": seconds}, a note being sent when it begins and again when it ends; `end`; "
       "`failed` with {\"error\": sentence}. A comment every second shows that the server is "
       "there. Closing the connection ends the music."},
      {"requestBody", body_of(json, reference("Request"))},
      {"responses", answers(json, stream)}};
  paths["/api/attention"]["post"] = {
      {"summary", "What the model attends to when it draws a note"},
      {"description", "The model reads the events before the note, the last context of them."},
      {"requestBody", body_of(json, reference("AttentionRequest"))},
      {"responses", answers(json, json_answer("Shares of the notes", reference("Attention")))}};
  const Json file = {{"type", "string"}, {"format", "binary"}};
  const Json format = {
      {"name", "format"},
      {"in", "query"},
      {"schema", {{"type", "string"}, {"enum", {"wav", "flac", "ogg"}}, {"default", "wav"}}}};
  paths["/api/render"]["post"] = {
      {"summary", "A MIDI file as sound"},
      {"description", fmt::format("At most {:.0f} seconds of music; {} at a time.",
                                  kMaxRenderSeconds, kMaxRenders)},
      {"parameters", Json::array({format})},
      {"requestBody", body_of(midi, file)},
      {"responses", answers(midi, {{"description", "The sound"},
                                   {"content",
                                    {{"audio/wav", {{"schema", file}}},
                                     {"audio/flac", {{"schema", file}}},
                                     {"audio/ogg", {{"schema", file}}}}}})}};
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
                                           "accompany", "attention", "layers", "heads"}}}}})},
        {"403", error_answer("From another site, or without the token")}}}};
  add_posts(paths);
  paths["/api/openapi.json"]["get"] = {{"summary", "This description"},
                                       {"responses", {{"200", answer("JSON")}}}};
  const Json document = {
      {"openapi", "3.0.3"},
      {"info",
       {{"title", "pno"},
        {"version", std::string(kPnoVersion)},
        {"description", "Music of models. At most " + std::to_string(kMaxPlaying) +
                            " listeners share a model, " + std::to_string(kMaxWaiting) +
                            " more wait; others get 429."}}},
      {"paths", paths},
      {"components",
       {{"schemas",
         {{"Request", request_schema()},
          {"AttentionRequest", attention_schema()},
          {"Attention", heeded_schema()},
          {"Error",
           {{"type", "object"},
            {"required", {"error"}},
            {"properties",
             {{"error", {{"type", "string"}, {"description", "one sentence"}}}}}}}}}}}};
  return document.dump(2);
}

}  // namespace pno::web
