#pragma once

// The inference engine: the weights of a model, shared by all its sessions (infer/session.h).

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "events/stored_vocabulary.h"
#include "events/vocabulary.h"
#include "infer/kernels/precision.h"
#include "model/config.h"
#include "model/model_file.h"

namespace pno::infer {

struct EngineOptions {
  int threads = 0;  // of a session; 0: one for each core
  // f32 computes as trained; int8 differs by about 0.0002 nats per token and is several times as
  // fast.
  Precision precision = Precision::f32;
};

struct EngineParts;

// Immutable, so any thread may use it. The environment variable PNO_SIMD is read when an engine is
// made; see simd/simd_target.h.
class Engine {
 public:
  // Float32 weights are read from the mapped file, which must not change during the life of the
  // engine. Returns an error if the file is not a valid model, or if the options, the memory of
  // this machine or PNO_SIMD do not allow it.
  static Expected<std::shared_ptr<const Engine>> open(const std::filesystem::path& path,
                                                      const EngineOptions& options = {});
  // The same with an open file, which is moved into the engine, or whose values are copied.
  static Expected<std::shared_ptr<const Engine>> create(model::ModelFile&& file,
                                                        const EngineOptions& options = {});
  static Expected<std::shared_ptr<const Engine>> create(const model::ModelFile& file,
                                                        const EngineOptions& options = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const model::ModelConfig& config() const;
  const events::Vocabulary& vocabulary() const;
  // The same with the names of composers.
  const events::StoredVocabulary& stored_vocabulary() const;
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
