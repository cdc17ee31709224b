#include "infer/engine.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "infer/decoder.h"
#include "infer/engine_parts.h"
#include "simd/simd_target.h"

namespace pno::infer {
namespace {

constexpr int kMaxThreads = 1024;

Expected<int> threads_of(const EngineOptions& options) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return fail_usage("threads is {}; it must be 0 (one for each core) to {}", options.threads,
                      kMaxThreads);
  }
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Measured with the `paper` preset at position 2000: int8 is the fastest on every SIMD target; on
// the scalar target it is not faster than float32.
Precision resolved(Precision precision) {
  if (precision != Precision::automatic) return precision;
  return simd::current_target() == "scalar" ? Precision::f32 : Precision::int8;
}

Expected<events::StoredVocabulary> vocabulary_of(const model::ModelFile& file) {
  auto vocabulary = events::get_vocabulary(file.metadata());
  if (!vocabulary) {
    return fail("its metadata is wrong: {}; train the model again", vocabulary.error().message);
  }
  const auto& ids = vocabulary->ids;
  const auto& rows = file.vocabulary_size();
  if (ids.inputs() != rows.inputs) {
    return fail("its embedding has {} rows but its vocabulary has {} events; train the model again",
                rows.inputs, ids.inputs());
  }
  if (ids.outputs() != rows.outputs) {
    return fail("it has {} outputs but its vocabulary has {}; train the model again", rows.outputs,
                ids.outputs());
  }
  return vocabulary;
}

// A file may claim any context, and a session allocates memory for it.
Expected<void> check_memory(const model::ModelConfig& config, Precision precision, int threads) {
  constexpr double kGigabyte = 1e9;
  const double needed = Decoder::memory_bytes(config, precision, threads) / kGigabyte;
  const double installed = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                           static_cast<double>(::sysconf(_SC_PAGE_SIZE)) / kGigabyte;
  if (needed > installed) {
    return fail(
        "a context of {} positions needs {:.1f} GB of memory, and this machine has {:.1f} GB; "
        "use a smaller model",
        config.context, needed, installed);
  }
  return {};
}

tl::unexpected<Error> fail_in(const std::filesystem::path& path, Error error) {
  error.message = fmt::format("{}: {}", path.string(), error.message);
  return tl::unexpected(std::move(error));
}

}  // namespace

Expected<std::unique_ptr<EngineParts>> Engine::prepare(const model::ModelFile& file,
                                                       const EngineOptions& options) {
  auto parts = std::make_unique<EngineParts>();
  PNO_TRY(parts->threads, threads_of(options));
  PNO_TRY(parts->vocabulary, vocabulary_of(file));
  PNO_TRY_VOID(simd::use_target_of_environment());
  parts->precision = resolved(options.precision);
  PNO_TRY_VOID(check_memory(file.config(), parts->precision, parts->threads));
  parts->config = file.config();
  parts->metadata = file.metadata();
  return parts;
}

Expected<std::shared_ptr<const Engine>> Engine::open(const std::filesystem::path& path,
                                                     const EngineOptions& options) {
  // Packing the weights checks every value.
  PNO_TRY(auto file, model::ModelFile::open(path, model::ModelFile::Values::unchecked));
  auto engine = create(std::move(file), options);
  if (!engine && engine.error().kind == Error::Kind::input) return fail_in(path, engine.error());
  return engine;
}

Expected<std::shared_ptr<const Engine>> Engine::create(model::ModelFile&& file,
                                                       const EngineOptions& options) {
  PNO_TRY(auto parts, prepare(file, options));
  parts->file.emplace(std::move(file));
  parts->weights.emplace(*parts->file, Weights::Storage::file, parts->precision, parts->threads);
  if (!parts->weights->are_finite()) PNO_TRY_VOID(parts->file->check_values());
  return std::shared_ptr<const Engine>(new Engine(std::move(parts)));
}

Expected<std::shared_ptr<const Engine>> Engine::create(const model::ModelFile& file,
                                                       const EngineOptions& options) {
  PNO_TRY(auto parts, prepare(file, options));
  parts->weights.emplace(file, Weights::Storage::copy, parts->precision, parts->threads);
  if (!parts->weights->are_finite()) PNO_TRY_VOID(file.check_values());
  return std::shared_ptr<const Engine>(new Engine(std::move(parts)));
}

Engine::Engine(std::unique_ptr<EngineParts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

const model::ModelConfig& Engine::config() const {
  return parts_->config;
}
const events::Vocabulary& Engine::vocabulary() const {
  return parts_->vocabulary.ids;
}
const events::StoredVocabulary& Engine::stored_vocabulary() const {
  return parts_->vocabulary;
}
const TextFields& Engine::metadata() const {
  return parts_->metadata;
}
int Engine::threads() const {
  return parts_->threads;
}
Precision Engine::precision() const {
  return parts_->precision;
}

}  // namespace pno::infer
