#pragma once

// The inference engine: a model's weights, and sessions that read music with a KV cache.

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "events/vocabulary.h"
#include "model/config.h"
#include "model/model_file.h"

namespace pno::infer {

struct EngineOptions {
  int threads = 0;  // of a session; 0: one for each core
};

// Weights in memory, shared by all sessions; immutable, so any thread may use it.
// The environment variable PNO_SIMD is read when one is made; see infer/simd.h.
class Engine {
 public:
  // Float32 weights are read straight from the mapped file, which must not change meanwhile.
  static Expected<std::shared_ptr<const Engine>> open(const std::filesystem::path& path,
                                                      const EngineOptions& options = {});
  // The same with a file that is open already, taken over or copied from.
  static Expected<std::shared_ptr<const Engine>> create(model::ModelFile&& file,
                                                        const EngineOptions& options = {});
  static Expected<std::shared_ptr<const Engine>> create(const model::ModelFile& file,
                                                        const EngineOptions& options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const model::ModelConfig& config() const;
  const events::Vocabulary& vocabulary() const;
  const TextFields& metadata() const;
  int threads() const;  // of a session; at least 1

 private:
  friend class Session;
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  static Expected<std::unique_ptr<Parts>> prepare(const model::ModelFile& file,
                                                  const EngineOptions& options);
  std::unique_ptr<Parts> parts_;
};

// One piece of music being read. Not for two threads at once.
// Same tokens, same SIMD target: same logits to the last bit, whatever the number of threads.
class Session {
 public:
  // `threads` 0: the engine's. Throws std::bad_alloc where the cache has no room.
  explicit Session(std::shared_ptr<const Engine> engine, int threads = 0);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  // Reads `tokens` block by block; returns the logits [V] after the last. tokens is not empty, ids
  // are in the vocabulary. Valid until the next call.
  std::span<const float> prefill(std::span<const events::Token> tokens);

  // The same, with the logits after every token: [tokens.size(), V]; for likelihoods.
  std::vector<float> logits_of(std::span<const events::Token> tokens);

  // Reads one token; returns the logits [V] of the next. Takes no memory.
  // Past the context the oldest position leaves the cache; with absolute positions
  // (config().has_sinusoids()) the later half of a full context is read anew from position 0.
  std::span<const float> step(events::Token token);

  // Forgets everything read.
  void reset();
  std::int64_t position() const;  // tokens read since the reset

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pno::infer
