#include "web/api.h"

#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "infer/attention_reader.h"
#include "infer/music/note_shares.h"
#include "web/attention_request.h"
#include "web/limits.h"
#include "web/music_stream.h"
#include "web/openapi.h"
#include "web/rendered_sound.h"
#include "web/studio.h"
#include "web/write_request.h"

namespace pno::web {
namespace {

using Json = nlohmann::json;

constexpr int kRetrySeconds = 5;

Answer json_answer(const Json& json) {
  return {.body = json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Answer busy() {
  auto answer = refusal(429, "pno serve is busy; all its places are taken");
  answer.retry_after_s = kRetrySeconds;
  return answer;
}

Answer unknown_model() {
  return refusal(400, "model must be an id of /api/models");
}

// Holds a place until everything is sent.
class WithPlace : public PartSource {
 public:
  WithPlace(Places::Place place, std::shared_ptr<PartSource> parts)
      : place_(std::move(place)), parts_(std::move(parts)) {}
  Part next() override { return parts_->next(); }

 private:
  Places::Place place_;
  std::shared_ptr<PartSource> parts_;
};

Json option_names() {
  Json names = Json::array();
  const auto schema = Json::parse(openapi_json());
  const auto& options =
      schema["components"]["schemas"]["Request"]["properties"]["options"]["properties"];
  for (const auto& [name, value] : options.items()) names.push_back(name);
  return names;
}

}  // namespace

struct Api::Served {
  Served(std::string with_id, ServedModel model, const ApiLimits& limits)
      : id(std::move(with_id)),
        name(std::move(model.name)),
        studio(std::move(model.engine), limits.most_playing > 0 ? limits.most_playing : kMaxPlaying,
               limits.most_waiting >= 0 ? limits.most_waiting : kMaxWaiting) {}

  const infer::Engine& engine() const { return studio.engine(); }

  std::string id, name;
  Studio studio;
  std::mutex reader_mutex;
  std::optional<infer::AttentionReader> reader;  // guarded by it; made when it is needed
};

Api::Api(std::vector<ServedModel> models, const ApiLimits& limits)
    : renders_(kMaxRenders), heeding_(kMaxHeeding) {
  PNO_CHECK(!models.empty(), "an API needs a model");
  for (auto& model : models) {
    auto id = std::to_string(served_.size());
    served_.push_back(std::make_unique<Served>(std::move(id), std::move(model), limits));
  }
}

Api::~Api() = default;

Api::Served* Api::find(std::string_view id) {
  for (const auto& served : served_) {
    if (id.empty() || served->id == id) return served.get();
  }
  return nullptr;
}

void Api::stop() {
  for (const auto& served : served_) served->studio.stop();
}

Answer Api::health() const {
  int playing = 0, waiting = 0;
  for (const auto& served : served_) {
    const auto counts = served->studio.counts();
    playing += counts.playing;
    waiting += counts.waiting;
  }
  return json_answer({{"status", "ok"}, {"playing", playing}, {"waiting", waiting}});
}

Answer Api::models() const {
  Json list = Json::array();
  for (const auto& served : served_) {
    const auto& engine = served->engine();
    const auto text = [&](const char* key) {
      const auto found = engine.metadata().find(key);
      return found == engine.metadata().end() ? std::string() : found->second;
    };
    list.push_back({{"id", served->id},
                    {"name", served->name},
                    {"context", engine.config().context},
                    {"licence", text("data.licence")},
                    {"pieces", text("data.pieces")},
                    {"hours", text("data.hours")},
                    {"options", option_names()},
                    {"infill", false},
                    {"accompany", false},
                    {"attention", true},
                    {"layers", engine.config().layers},
                    {"heads", engine.config().heads}});
  }
  return json_answer(list);
}

Answer Api::generate(std::string_view body) {
  auto request = parse_write_request(body);
  if (!request) return refusal(400, request.error().message);
  auto* const served = find(request->model);
  if (served == nullptr) return unknown_model();
  auto& studio = served->studio;
  auto listener = studio.open({.prime = request->prime(studio.engine().vocabulary()),
                               .seconds = request->seconds,
                               .seed = request->seed,
                               .draw = request->draw});
  if (listener == nullptr) return busy();
  return {
      .type = "text/event-stream",
      .parts = std::make_shared<MusicStream>(studio, std::move(listener), request->from_seconds)};
}

Answer Api::attention(std::string_view body) {
  const auto request = parse_attention_request(body);
  if (!request) return refusal(400, request.error().message);
  auto* const served = find(request->model);
  if (served == nullptr) return unknown_model();
  const auto& config = served->engine().config();
  if (request->head.layer > config.layers || request->head.head > config.heads) {
    return refusal(400, fmt::format("the model has {} layers with {} heads each", config.layers,
                                    config.heads));
  }
  const auto place = heeding_.take();
  if (!place) return busy();
  const auto& vocabulary = served->engine().vocabulary();
  const auto tokens = events::encode(request->given, vocabulary, {.eos = false});
  const auto step = std::llround(request->start_seconds * vocabulary.steps_per_second);
  std::optional<std::size_t> note_on;
  for (const auto at : {step, step - 1, step + 1}) {
    if (!note_on) note_on = infer::find_note_on(tokens, at, request->pitch, vocabulary);
  }
  if (!note_on) return refusal(400, "note must be one of notes");
  const auto before = std::span(tokens).first(*note_on);
  infer::NoteShares shares;
  {
    const std::lock_guard lock(served->reader_mutex);
    if (!served->reader) served->reader.emplace(served->studio.shared_engine());
    served->reader->read(before);
    shares = infer::note_shares(before, served->reader->mean_weights(request->head), vocabulary);
  }
  Json notes = Json::array();
  for (const auto& [start, pitch, share] : shares.notes) {
    notes.push_back({static_cast<double>(start) / vocabulary.steps_per_second, pitch, share});
  }
  return json_answer({{"notes", std::move(notes)}, {"rest", shares.rest}});
}

Answer Api::render(std::string_view midi, std::string_view format) {
  auto place = renders_.take();
  if (!place) return busy();
  auto sound = render_sound(midi, format);
  if (!sound) return refusal(400, sound.error().message);
  sound->parts = std::make_shared<WithPlace>(std::move(*place), std::move(sound->parts));
  return std::move(*sound);
}

}  // namespace pno::web
