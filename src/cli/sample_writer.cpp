#include "cli/sample_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <new>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "cli/music_copyright.h"
#include "events/decode.h"
#include "infer/engine.h"
#include "infer/generate.h"
#include "infer/music/play_sampling.h"
#include "midi/smf_writer.h"

#ifdef PNO_HAS_PICTURE
#include "picture/piano_roll.h"
#endif

namespace pno::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kLowestPriority = 19;

Expected<void> draw_roll([[maybe_unused]] const midi::Performance& performance,
                         [[maybe_unused]] const fs::path& path,
                         [[maybe_unused]] const std::string& title) {
#ifdef PNO_HAS_PICTURE
  if (performance.notes.empty()) return {};  // an early model may play no notes
  return picture::draw_piano_roll(performance, path, {.title = title});
#else
  return {};
#endif
}

}  // namespace

Expected<fs::path> write_sample(const fs::path& model, const fs::path& folder, std::int64_t step,
                                const SampleOptions& options) {
  PNO_TRY(const auto engine, infer::Engine::open(model, {.threads = 1}));
  PNO_TRY(const auto generated, infer::generate(engine,
                                                {.draw = {.sampler = infer::PlaySampling()},
                                                 .seconds = options.seconds,
                                                 .seed = options.seed},
                                                {}));
  if (generated.ended == infer::Ended::interrupted) return fail_interrupted("interrupted");
  const auto music = events::decode(generated.tokens, engine->vocabulary()).performance;
  const auto title = fmt::format("Step {}", step);
  auto path = folder / fmt::format("step-{:09}.mid", step);
  PNO_TRY_VOID(replace_file(
      path,
      midi::write_smf(music, {.title = title, .copyright = music_copyright(engine->metadata())})));
  PNO_TRY_VOID(draw_roll(music, fs::path(path).replace_extension(".png"), title));
  return path;
}

SampleWriter::SampleWriter(fs::path folder, const SampleOptions& options,
                           std::function<void(const std::string&)> report)
    : folder_(std::move(folder)), options_(options), report_(std::move(report)) {
  // Remove files of a run that was killed.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().filename().string().starts_with("weights")) {
      fs::remove(entry.path(), ignored);
    }
  }
}

void SampleWriter::start(std::int64_t step, const fs::path& model) {
  std::error_code ignored;
  auto mine = model;
  mine.replace_filename(fmt::format("weights-{}.safetensors", step));
  fs::rename(model, mine, ignored);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_) fs::remove(waiting_->model, ignored);
    waiting_ = Job{step, std::move(mine)};
    if (is_writing_) return;
    is_writing_ = true;
  }
  finish();  // the thread has no more work, or never existed
  thread_ = std::thread([this] { write_waiting(); });
}

void SampleWriter::write_waiting() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  while (true) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      is_writing_ = waiting_.has_value();
      if (!is_writing_) return;
      job = *std::exchange(waiting_, std::nullopt);
    }
    write(job);
  }
}

void SampleWriter::write(const Job& job) {
  try {
    const auto written = write_sample(job.model, folder_, job.step, options_);
    if (written) {
      report_(fmt::format("sample {}", written->string()));
    } else if (!interrupted()) {
      report_(fmt::format("no sample of step {}: {}", job.step, written.error().message));
    }
  } catch (const std::bad_alloc&) {
    report_(fmt::format("no sample of step {}: there is not enough memory", job.step));
  }
  std::error_code ignored;
  fs::remove(job.model, ignored);
}

void SampleWriter::finish() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace pno::cli
