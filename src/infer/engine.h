#pragma once

// The inference engine: a model's weights, shared by all sessions that read music with them; see
// infer/session.h.

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "events/vocabulary.h"
#include "infer/kernels/precision.h"
#include "model/config.h"
#include "model/model_file.h"

namespace pno::infer {

struct EngineOptions {
  int threads = 0;  // of a session; 0: one for each core
  // f32 computes what was trained; int8 is some 0.0002 nats a token away and several times as fast.
  Precision precision = Precision::f32;
};

struct EngineParts;

// Weights in memory, shared by all sessions; immutable, so any thread may use it.
// The environment variable PNO_SIMD is read when one is made; see simd/simd_target.h.
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
  int threads() const;          // of a session; at least 1
  Precision precision() const;  // never automatic

 private:
  friend class Session;  // reads parts_
  explicit Engine(std::unique_ptr<EngineParts> parts);
  static Expected<std::unique_ptr<EngineParts>> prepare(const model::ModelFile& file,
                                                        const EngineOptions& options);
  std::unique_ptr<EngineParts> parts_;
};

}  // namespace pno::infer
