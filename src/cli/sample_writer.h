#pragma once

// What a model plays while it learns: RUN/samples/step-000000500.mid, and the piano roll of it
// (.png) where pictures are built. It is drawn by the engine that will play the finished model, on
// one thread of the lowest priority, so that the training hardly notices.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"

namespace pno::cli {

struct SampleOptions {
  double seconds = 20;     // of music
  std::uint64_t seed = 1;  // of every sample: what differs is the model
};

// Reads the model, writes the files, and returns the name of the MIDI file.
Expected<std::filesystem::path> write_sample(const std::filesystem::path& model,
                                             const std::filesystem::path& folder, std::int64_t step,
                                             const SampleOptions& options);

class SampleWriter {
 public:
  // `say` is called with a sentence, from the thread of the samples.
  SampleWriter(std::filesystem::path folder, const SampleOptions& options,
               std::function<void(const std::string&)> say);
  SampleWriter(const SampleWriter&) = delete;
  SampleWriter& operator=(const SampleWriter&) = delete;
  ~SampleWriter() { finish(); }

  // Takes over the file `model` and returns. Where the sample before is not done yet, this one
  // comes after it, in place of any that waited before.
  void take(std::int64_t step, const std::filesystem::path& model);
  // Waits for the samples that were taken.
  void finish();

 private:
  struct Job {
    std::int64_t step = 0;
    std::filesystem::path model;
  };
  void draw_what_waits();
  void draw(const Job& job);

  std::filesystem::path folder_;
  SampleOptions options_;
  std::function<void(const std::string&)> say_;
  std::mutex mutex_;
  std::optional<Job> waiting_;  // guarded by mutex_
  bool is_drawing_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace pno::cli
