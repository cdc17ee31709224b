// Models and their vocabularies.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "api/answer.h"
#include "api/handles.h"
#include "api/pno.h"
#include "infer/engine.h"
#include "model/model_file.h"

namespace {

using pno::Expected;
using pno::api::answer_bad_call;
using pno::api::guarded;
using pno::events::Event;
using pno::events::Kind;
using pno::events::Vocabulary;
using pno::infer::Engine;
using pno::infer::EngineOptions;
using pno::infer::Precision;

constexpr std::size_t kAlignment = 8;

// Reads the fields that the caller's struct has.
Expected<EngineOptions> engine_options(const pno_model_options* given) {
  pno_model_options options = PNO_MODEL_OPTIONS_INIT;
  if (given != nullptr) {
    std::memcpy(&options, given, std::min(given->size, sizeof(options)));
  }
  if (options.precision < PNO_AUTO || options.precision > PNO_INT8) {
    return pno::fail_usage("precision is {}; it must be {} (auto) to {} (int8)", options.precision,
                           static_cast<int>(PNO_AUTO), static_cast<int>(PNO_INT8));
  }
  return EngineOptions{.threads = options.threads,
                       .precision = static_cast<Precision>(options.precision)};
}

const Vocabulary* vocabulary_of(const pno_model* model) noexcept {
  return model == nullptr ? nullptr : &model->engine->vocabulary();
}

}  // namespace

const char* pno_version() {
#define PNO_TEXT_OF(number) #number
#define PNO_VERSION_TEXT(major, minor, patch) \
  PNO_TEXT_OF(major) "." PNO_TEXT_OF(minor) "." PNO_TEXT_OF(patch)
  return PNO_VERSION_TEXT(PNO_VERSION_MAJOR, PNO_VERSION_MINOR, PNO_VERSION_PATCH);
}

pno_status pno_model_open(const char* path, const pno_model_options* options, pno_model** model,
                          pno_error* error) {
  if (path == nullptr || model == nullptr) return answer_bad_call(error, "path or model is null");
  return guarded(error, [&]() -> Expected<void> {
    PNO_TRY(const auto wanted, engine_options(options));
    PNO_TRY(auto engine, Engine::open(path, wanted));
    *model = new pno_model{std::move(engine)};
    return {};
  });
}

pno_status pno_model_open_memory(const void* bytes, size_t size, const pno_model_options* options,
                                 pno_model** model, pno_error* error) {
  if (bytes == nullptr || model == nullptr) return answer_bad_call(error, "bytes or model is null");
  if (reinterpret_cast<std::uintptr_t>(bytes) % kAlignment != 0) {
    return answer_bad_call(error, "the address of the model's bytes is not a multiple of 8");
  }
  return guarded(error, [&]() -> Expected<void> {
    PNO_TRY(const auto wanted, engine_options(options));
    const std::span all(static_cast<const std::byte*>(bytes), size);
    PNO_TRY(auto file, pno::model::ModelFile::parse(all, "the model"));
    PNO_TRY(auto engine, Engine::create(std::move(file), wanted));
    *model = new pno_model{std::move(engine)};
    return {};
  });
}

void pno_model_close(pno_model* model) {
  delete model;
}

const char* pno_model_metadata(const pno_model* model, const char* key) {
  if (model == nullptr || key == nullptr) return nullptr;
  for (const auto& [name, value] : model->engine->metadata()) {
    if (name == key) return value.c_str();
  }
  return nullptr;
}

int32_t pno_model_context(const pno_model* model) {
  return model == nullptr ? 0 : model->engine->config().context;
}

int32_t pno_vocabulary_size(const pno_model* model) {
  const auto* vocabulary = vocabulary_of(model);
  return vocabulary == nullptr ? 0 : vocabulary->outputs();
}

int32_t pno_input_size(const pno_model* model) {
  const auto* vocabulary = vocabulary_of(model);
  return vocabulary == nullptr ? 0 : vocabulary->inputs();
}

int32_t pno_steps_per_second(const pno_model* model) {
  const auto* vocabulary = vocabulary_of(model);
  return vocabulary == nullptr ? 0 : vocabulary->steps_per_second;
}

int32_t pno_max_shift_steps(const pno_model* model) {
  const auto* vocabulary = vocabulary_of(model);
  return vocabulary == nullptr ? 0 : vocabulary->max_shift_steps;
}

int32_t pno_velocity_bins(const pno_model* model) {
  const auto* vocabulary = vocabulary_of(model);
  return vocabulary == nullptr ? 0 : vocabulary->velocity_bins;
}

pno_event pno_token_event(const pno_model* model, pno_token token) {
  const auto* vocabulary = vocabulary_of(model);
  if (vocabulary == nullptr || token >= vocabulary->inputs()) return {-1, 0};
  const Event event = vocabulary->event(token);
  return {static_cast<int32_t>(event.kind), event.value};
}

pno_token pno_event_token(const pno_model* model, pno_kind kind, int32_t value) {
  const auto* vocabulary = vocabulary_of(model);
  const auto number = static_cast<int32_t>(kind);
  if (vocabulary == nullptr || number < 0 || number >= pno::events::kKinds) return PNO_NO_TOKEN;
  const auto of = static_cast<Kind>(kind);
  const int first = Vocabulary::least_value(of);
  if (value < first || value - first >= vocabulary->values(of)) return PNO_NO_TOKEN;
  return vocabulary->token({of, value});
}

double pno_token_seconds(const pno_model* model, pno_token token) {
  const auto event = pno_token_event(model, token);
  if (event.kind != PNO_TIME_SHIFT) return 0;
  return static_cast<double>(event.value) / vocabulary_of(model)->steps_per_second;
}

int32_t pno_velocity_bin(const pno_model* model, int32_t velocity) {
  const auto* vocabulary = vocabulary_of(model);
  if (vocabulary == nullptr || velocity < 1 || velocity > 127) return -1;
  return vocabulary->velocity_bin(velocity);
}

int32_t pno_bin_velocity(const pno_model* model, int32_t bin) {
  const auto* vocabulary = vocabulary_of(model);
  if (vocabulary == nullptr || bin < 0 || bin >= vocabulary->velocity_bins) return -1;
  return vocabulary->bin_velocity(bin);
}

// The enumerators of pno.h equal those of events/vocabulary.h.
static_assert(PNO_NOTE_ON == static_cast<int>(Kind::note_on));
static_assert(PNO_NOTE_OFF == static_cast<int>(Kind::note_off));
static_assert(PNO_TIME_SHIFT == static_cast<int>(Kind::time_shift));
static_assert(PNO_VELOCITY == static_cast<int>(Kind::velocity));
static_assert(PNO_BOS == static_cast<int>(Kind::bos));
static_assert(PNO_EOS == static_cast<int>(Kind::eos));
static_assert(PNO_END == static_cast<int>(Kind::end));
static_assert(PNO_INFILL == static_cast<int>(Kind::infill));
static_assert(PNO_PREFIX == static_cast<int>(Kind::prefix));
static_assert(PNO_MIDDLE == static_cast<int>(Kind::middle));
static_assert(PNO_MUSIC_KIND == static_cast<int>(Kind::music_kind));
static_assert(PNO_KEY == static_cast<int>(Kind::key));
static_assert(PNO_DENSITY == static_cast<int>(Kind::density));
static_assert(PNO_LOUDNESS == static_cast<int>(Kind::loudness));
static_assert(PNO_POLYPHONY == static_cast<int>(Kind::polyphony));
static_assert(PNO_COMPOSER == static_cast<int>(Kind::composer));
// Those of events/roles.h.
static_assert(PNO_PLAYED == static_cast<int>(pno::events::Role::played));
static_assert(PNO_GIVEN == static_cast<int>(pno::events::Role::given));
static_assert(PNO_ANNOUNCED == static_cast<int>(pno::events::Role::announced));
static_assert(PNO_FUTURE == static_cast<int>(pno::events::Role::future));
// And those of infer/kernels/precision.h.
static_assert(PNO_AUTO == static_cast<int>(Precision::automatic));
static_assert(PNO_F32 == static_cast<int>(Precision::f32));
static_assert(PNO_BF16 == static_cast<int>(Precision::bf16));
static_assert(PNO_INT8 == static_cast<int>(Precision::int8));
