#include "cli/sample_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <new>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "events/decode.h"
#include "infer/engine.h"
#include "infer/generate.h"
#include "midi/smf_writer.h"

#ifdef PNO_HAS_PICTURE
#include "picture/piano_roll.h"
#endif

namespace pno::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kLowestPriority = 19;

std::string copyright_of(const infer::Engine& engine) {
  const auto licence = engine.metadata().find("data.licence");
  const bool known = licence != engine.metadata().end() && !licence->second.empty();
  return known ? "Made by a model trained on music under " + licence->second : "";
}

Expected<void> draw_roll([[maybe_unused]] const midi::Performance& performance,
                         [[maybe_unused]] const fs::path& path,
                         [[maybe_unused]] const std::string& title) {
#ifdef PNO_HAS_PICTURE
  if (performance.notes.empty()) return {};  // an early model may play none
  return picture::draw_piano_roll(performance, path, {.title = title});
#else
  return {};
#endif
}

}  // namespace

Expected<fs::path> write_sample(const fs::path& model, const fs::path& folder, std::int64_t step,
                                const SampleOptions& options) {
  PNO_TRY(const auto engine, infer::Engine::open(model, {.threads = 1}));
  PNO_TRY(const auto generated,
          infer::generate(engine, {.seconds = options.seconds, .seed = options.seed}, {}));
  const auto music = events::decode(generated.tokens, engine->vocabulary()).performance;
  const auto title = fmt::format("Step {}", step);
  auto path = folder / fmt::format("step-{:09}.mid", step);
  PNO_TRY_VOID(replace_file(
      path, midi::write_smf(music, {.title = title, .copyright = copyright_of(*engine)})));
  PNO_TRY_VOID(draw_roll(music, fs::path(path).replace_extension(".png"), title));
  return path;
}

SampleWriter::SampleWriter(fs::path folder, const SampleOptions& options,
                           std::function<void(const std::string&)> say)
    : folder_(std::move(folder)), options_(options), say_(std::move(say)) {
  // What a killed run left.
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().filename().string().starts_with("weights")) {
      fs::remove(entry.path(), ignored);
    }
  }
}

void SampleWriter::take(std::int64_t step, const fs::path& model) {
  std::error_code ignored;
  auto mine = model;
  mine.replace_filename(fmt::format("weights-{}.safetensors", step));
  fs::rename(model, mine, ignored);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_) fs::remove(waiting_->model, ignored);
    waiting_ = Job{step, std::move(mine)};
    if (is_drawing_) return;
    is_drawing_ = true;
  }
  finish();  // of a thread that has nothing more to do
  thread_ = std::thread([this] { draw_what_waits(); });
}

void SampleWriter::draw_what_waits() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  while (true) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      is_drawing_ = waiting_.has_value();
      if (!is_drawing_) return;
      job = *std::exchange(waiting_, std::nullopt);
    }
    draw(job);
  }
}

void SampleWriter::draw(const Job& job) {
  try {
    const auto written = write_sample(job.model, folder_, job.step, options_);
    if (written) {
      say_(fmt::format("sample {}", written->string()));
    } else if (!interrupted()) {
      say_(fmt::format("no sample of step {}: {}", job.step, written.error().message));
    }
  } catch (const std::bad_alloc&) {
    say_(fmt::format("no sample of step {}: there is not enough memory", job.step));
  }
  std::error_code ignored;
  fs::remove(job.model, ignored);
}

void SampleWriter::finish() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace pno::cli
