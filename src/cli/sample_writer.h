#pragma once

// Samples of a model during its training: RUN/samples/step-000000500.mid, and its piano roll (.png)
// if this build has pictures. The inference engine generates them on one background thread of the
// lowest priority, so training is hardly slower.

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
  std::uint64_t seed = 1;  // the same for all samples, so that only the model differs
};

// Reads the model, writes the files, and returns the path of the MIDI file.
Expected<std::filesystem::path> write_sample(const std::filesystem::path& model,
                                             const std::filesystem::path& folder, std::int64_t step,
                                             const SampleOptions& options);

class SampleWriter {
 public:
  // Calls `report` with a sentence for each sample, on the background thread.
  SampleWriter(std::filesystem::path folder, const SampleOptions& options,
               std::function<void(const std::string&)> report);
  SampleWriter(const SampleWriter&) = delete;
  SampleWriter& operator=(const SampleWriter&) = delete;
  ~SampleWriter() { finish(); }

  // Starts a sample and returns at once. Renames the file `model`, and removes it afterwards. If
  // the previous sample is not finished, this one waits for it, and replaces one that waits
  // already.
  void start(std::int64_t step, const std::filesystem::path& model);
  // Waits until all started samples are written.
  void finish();

 private:
  struct Job {
    std::int64_t step = 0;
    std::filesystem::path model;
  };
  void write_waiting();
  void write(const Job& job);

  std::filesystem::path folder_;
  SampleOptions options_;
  std::function<void(const std::string&)> report_;
  std::mutex mutex_;
  std::optional<Job> waiting_;  // guarded by mutex_
  bool is_writing_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace pno::cli
