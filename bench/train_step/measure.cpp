#include "train_step/measure.h"

#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <vector>

#include "base/random.h"
#include "train/run/machine.h"
#include "train/run/run_precision.h"
#include "train/step/learner.h"
#include "train_step/materialising.h"
#include "train_step/median.h"

#ifdef PNO_TORCH_HAS_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace pno::bench {
namespace {

// Seconds of one call, until the device has finished.
double seconds_of(torch::Device device, const std::function<void()>& work) {
  const auto now = [&] {
    if (device.is_cuda()) torch::cuda::synchronize();
    return std::chrono::steady_clock::now();
  };
  const auto start = now();
  work();
  return std::chrono::duration<double>(now() - start).count();
}

// Times calls until both `seconds` and `count` are reached, after an untimed warm-up call.
std::vector<double> repeated(torch::Device device, double seconds, int count,
                             const std::function<void()>& work) {
  std::vector<double> times;
  for (double total = 0; total < seconds || static_cast<int>(times.size()) < count;) {
    times.push_back(seconds_of(device, work));
    total += times.back();
  }
  return times;
}

double peak_mb(torch::Device device) {
#ifdef PNO_TORCH_HAS_CUDA
  if (device.is_cuda()) {
    constexpr double kBytesPerMb = 1e6;
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
    return static_cast<double>(stats.allocated_bytes[0].peak) / kBytesPerMb;  // 0: all pools
  }
#endif
  PNO_CHECK(device.is_cpu(), "a LibTorch without CUDA has no CUDA device");
  return train::peak_rss_mb();
}

// Minor faults (without I/O): the kernel maps memory that the process had returned or never used.
double page_faults() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

// Random tokens: the time of a step does not depend on them.
train::Batch random_batch(const Shape& shape) {
  RandomStream random(1, 0);
  train::Batch batch;
  batch.length = shape.length();
  std::vector<events::Token> tokens(static_cast<std::size_t>(shape.length()) + 1);
  for (std::int64_t row = 0; row < shape.batch; ++row) {
    for (auto& token : tokens) {
      token = static_cast<events::Token>(random.uniform() * shape.vocabulary_size);
    }
    batch.add(tokens, tokens.size(), 0);
  }
  return batch;
}

// The device with its index, as the CUDA allocator requires it.
Expected<torch::Device> prepare(const MeasureOptions& options) {
  PNO_TRY(const auto machine, train::prepare_machine(options.device, options.threads));
  return machine.device.is_cuda() ? torch::Device(torch::kCUDA, 0) : machine.device;
}

// step(number), from 1, returns the mean NLL.
StepFigures time_steps(const Shape& shape, torch::Device device, const MeasureOptions& options,
                       const std::function<double(std::int64_t)>& step) {
  StepFigures figures;
  std::int64_t number = 0;
  const double first = seconds_of(device, [&] { figures.nll = step(++number); });
  std::vector<double> times{first};
  const double faults = page_faults();
  if (!shape.once) {
    times = repeated(device, options.seconds, options.steps, [&] { step(++number); });
  }
  figures.seconds = median(times);
  figures.steps = static_cast<int>(times.size());
  figures.page_faults = (page_faults() - faults) / figures.steps;
  figures.peak_mb = peak_mb(device);
  return figures;
}

}  // namespace

Expected<double> matrix_flops_per_s(const MeasureOptions& options, train::Precision precision) {
  constexpr double kSeconds = 1.5;
  constexpr int kProducts = 5;
  PNO_TRY(const auto device, prepare(options));
  const std::int64_t size = device.is_cuda() ? 8192 : 2048;
  const auto type = device.is_cuda() ? train::scalar_type(precision) : torch::kFloat;
  const torch::NoGradGuard no_grad;
  const auto a = torch::rand({size, size}, device).to(type);
  const auto b = torch::rand({size, size}, device).to(type);
  auto product = torch::empty_like(a);
  const auto multiply = [&] { torch::mm_out(product, a, b); };
  seconds_of(device, multiply);
  const auto side = static_cast<double>(size);
  return 2 * side * side * side / median(repeated(device, kSeconds, kProducts, multiply));
}

Expected<StepFigures> measure_step(const Shape& shape, std::optional<BaselineAttention> baseline,
                                   const MeasureOptions& options) {
  PNO_TRY(const auto device, prepare(options));
  train::TrainConfig config;
  config.precision = train::precision_on(device, options.precision, shape.model.head_width());
  const auto batch = random_batch(shape);
  StepFigures figures;
  if (baseline) {
    PNO_TRY_VOID(check_baseline(shape, *baseline, device, config.precision));
    MaterialisingModel model(shape, config, device, *baseline);
    figures = time_steps(shape, device, options, [&](std::int64_t) { return model.step(batch); });
  } else {
    train::Learner learner(shape.model, config, shape.vocabulary_size, device);
    figures = time_steps(shape, device, options, [&](std::int64_t number) {
      return learner.step(std::span(&batch, 1), number).nll.value();
    });
  }
  figures.precision = config.precision;
  return figures;
}

}  // namespace pno::bench
