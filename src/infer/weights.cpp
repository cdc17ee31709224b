#include "infer/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>

#include "base/bf16.h"
#include "infer/kernels/byte_ops.h"
#include "infer/kernels/thread_pool.h"

namespace pno::infer {
namespace {

std::size_t as_size(int value) {
  return static_cast<std::size_t>(value);
}

// Numbers of a file, float32 or bfloat16.
struct Numbers {
  const std::byte* first = nullptr;
  DType dtype = DType::f32;

  Numbers from(std::size_t index) const { return {first + index * size_bytes(dtype), dtype}; }
};

// Takes numbers out of a file, in room that is used again.
class Copy {
 public:
  explicit Copy(const model::ModelFile& file) : file_(file) {}

  // `count` numbers as float32, which stay until the next.
  const float* floats(const Numbers& of, std::size_t count) {
    floats_.resize(count);
    const std::span part(of.first, count * size_bytes(of.dtype));
    if (of.dtype == DType::f32) {
      file_.copy(part, reinterpret_cast<std::byte*>(floats_.data()));
      return floats_.data();
    }
    halves_.resize(count);
    file_.copy(part, reinterpret_cast<std::byte*>(halves_.data()));
    std::transform(halves_.begin(), halves_.end(), floats_.begin(), from_bf16);
    return floats_.data();
  }

 private:
  const model::ModelFile& file_;
  std::vector<float> floats_;
  std::vector<std::uint16_t> halves_;
};

}  // namespace

// Finds room for every matrix in one array, then packs them all.
class Weights::Packer {
 public:
  explicit Packer(Precision precision) : precision_(precision) {}

  // w [M, K], whose rows are dotted with something.
  void add_rows(const Numbers& w, std::size_t M, std::size_t K, Panels& into) {
    for (std::size_t first = 0; first < M; first += kRowsOfTask) {
      const std::size_t count = std::min(kRowsOfTask, M - first);
      tasks_.push_back({w.from(first * K), count, K, /*columns=*/false, panel_bytes_, scales_,
                        panel_bytes(precision_, K)});
      panel_bytes_ += panels_of(count) * panel_bytes(precision_, K);
      scales_ += panels_of(count) * kPanelRows;
      if (first == 0) firsts_.push_back({&into, tasks_.size() - 1, panel_bytes(precision_, K)});
    }
  }
  // w [R, D], whose rows are mixed.
  void add_columns(const Numbers& w, std::size_t R, std::size_t D, Panels& into) {
    tasks_.push_back(
        {w, R, D, /*columns=*/true, panel_bytes_, scales_, panel_bytes(precision_, R)});
    firsts_.push_back({&into, tasks_.size() - 1, panel_bytes(precision_, R)});
    panel_bytes_ += panels_of(D) * panel_bytes(precision_, R);
    scales_ += R;
  }

  // Whether all of it is finite.
  bool pack(const model::ModelFile& file, int threads, AlignedArray<std::byte>& panels,
            FloatArray& scales) const {
    panels = AlignedArray<std::byte>(panel_bytes_);
    if (precision_ == Precision::int8) scales = FloatArray(scales_);
    const auto scales_of = [&](const Task& task) {
      return scales.get() == nullptr ? nullptr : scales.get() + task.scale;
    };
    std::atomic<bool> are_finite{true};
    std::vector<Copy> copies(as_size(threads), Copy(file));
    ThreadPool(threads).run(static_cast<int>(tasks_.size()), [&](int index, int worker) {
      const Task& task = tasks_[as_size(index)];
      const auto pack = task.columns ? pack_columns : pack_rows;
      // Some rows at a time, which stay in the cache from the file to the panel.
      Copy& copy = copies[as_size(worker)];
      const std::size_t rows_at_once = task.columns ? task.rows : kRowsAtOnce;
      for (std::size_t row = 0; row < task.rows; row += rows_at_once) {
        const std::size_t rows = std::min(rows_at_once, task.rows - row);
        const std::size_t count = rows * task.numbers;
        const float* floats = copy.floats(task.w.from(row * task.numbers), count);
        float* scales_here = scales_of(task);
        pack(precision_, floats, rows, task.numbers,
             panels.get() + task.byte + row / kPanelRows * task.panel_size_bytes,
             scales_here == nullptr ? nullptr : scales_here + row);
        // In int8 the scales of the rows show it, at no cost.
        if (scales_here == nullptr && !std::isfinite(scale_of(floats, count))) are_finite = false;
      }
    });
    for (const auto& [into, task, size_bytes] : firsts_) {
      *into = {precision_, panels.get() + tasks_[task].byte, size_bytes, scales_of(tasks_[task])};
    }
    const std::span of_rows(scales.get(), scales.get() == nullptr ? 0 : scales_);
    return are_finite && std::all_of(of_rows.begin(), of_rows.end(),
                                     [](float scale) { return std::isfinite(scale); });
  }

 private:
  static constexpr std::size_t kRowsOfTask = 256, kRowsAtOnce = 64;  // whole panels
  struct Task {
    Numbers w;  // [rows, numbers]
    std::size_t rows = 0, numbers = 0;
    bool columns = false;
    std::size_t byte = 0, scale = 0;  // where it goes
    std::size_t panel_size_bytes = 0;
  };
  struct First {
    Panels* into = nullptr;
    std::size_t task = 0, panel_size_bytes = 0;
  };
  Precision precision_;
  std::vector<Task> tasks_;
  std::vector<First> firsts_;
  std::size_t panel_bytes_ = 0, scales_ = 0;
};

// Parameters by name, as float32 or to be packed.
class Weights::Reader {
 public:
  Reader(const model::ModelFile& file, Storage storage, Precision precision,
         std::vector<std::vector<float>>& owned)
      : file_(file), storage_(storage), precision_(precision), packer_(precision), owned_(owned) {}

  // Float32 in any case.
  const float* parameter(const std::string& name) {
    const Tensor& tensor = file_.tensor(name);
    look_at(name);
    if (storage_ == Storage::file && tensor.dtype == DType::f32) return tensor.as<float>().data();
    return owned_.emplace_back(file_.values(name)).data();
  }
  Norm norm(const std::string& name) {
    return {parameter(name + ".weight"), parameter(name + ".bias")};
  }
  void matrix(const std::string& name, int rows, int columns, Linear& into) {
    into.rows = rows;
    into.columns = columns;
    if (precision_ == Precision::f32) {
      into.weight = parameter(name);
    } else {
      packer_.add_rows(to_pack(name), as_size(rows), as_size(columns), into.panels);
    }
  }
  // into [H] of [R, D] each.
  void relative(const std::string& name, std::vector<HeadRows>& into, bool are_mixed) {
    const auto& config = file_.config();
    const std::size_t R = as_size(config.max_distance), D = as_size(config.head_width());
    into.resize(as_size(config.heads));
    if (precision_ == Precision::f32) {
      const float* rows = parameter(name);
      for (auto& head : into) {
        head.rows = rows;
        rows += R * D;
      }
      return;
    }
    Numbers rows = to_pack(name);
    for (auto& head : into) {
      if (are_mixed) {
        packer_.add_columns(rows, R, D, head.panels);
      } else {
        packer_.add_rows(rows, R, D, head.panels);
      }
      rows = rows.from(R * D);
    }
  }
  bool are_finite() const { return are_finite_; }
  const Packer& packer() const { return packer_; }

 private:
  Numbers to_pack(const std::string& name) {
    const Tensor& tensor = file_.tensor(name);
    return {tensor.bytes.data(), tensor.dtype};
  }
  void look_at(const std::string& name) {
    if (!file_.values_are_checked() && !file_.is_finite(name)) are_finite_ = false;
  }

  const model::ModelFile& file_;
  Storage storage_;
  Precision precision_;
  Packer packer_;
  std::vector<std::vector<float>>& owned_;
  bool are_finite_ = true;
};

Weights::Weights(const model::ModelFile& file, Storage storage, Precision in, int threads)
    : precision(in) {
  const auto& config = file.config();
  // Whatever is packed is taken once.
  if (precision == Precision::f32) file.prefault();
  Reader read(file, storage, precision, owned_);
  embedding = read.parameter("embedding");
  layers.resize(as_size(config.layers));
  for (int n = 0; n < config.layers; ++n) {
    const auto prefix = fmt::format("layers.{}.", n);
    LayerWeights& layer = layers[as_size(n)];
    layer.attention_norm = read.norm(prefix + "attention_norm");
    read.matrix(prefix + "qkv.weight", 3 * config.attention_width, config.width, layer.qkv);
    if (config.has_relative_keys()) {
      read.relative(prefix + "relative_keys", layer.relative_keys, /*are_mixed=*/false);
    }
    if (config.has_relative_values()) {
      read.relative(prefix + "relative_values", layer.relative_values, /*are_mixed=*/true);
    }
    read.matrix(prefix + "attention_out.weight", config.width, config.attention_width,
                layer.attention_out);
    layer.ff_norm = read.norm(prefix + "ff_norm");
    read.matrix(prefix + "ff_in.weight", config.ff_width, config.width, layer.ff_in);
    layer.ff_in.bias = read.parameter(prefix + "ff_in.bias");
    read.matrix(prefix + "ff_out.weight", config.width, config.ff_width, layer.ff_out);
    layer.ff_out.bias = read.parameter(prefix + "ff_out.bias");
  }
  final_norm = read.norm("final_norm");
  read.matrix(config.tie_embeddings ? "embedding" : "output.weight", file.vocabulary_size(),
              config.width, output);
  output.bias = read.parameter("output.bias");
  are_finite_ = read.are_finite();
  if (precision == Precision::f32) return;
  const bool are_packed_finite = read.packer().pack(file, threads, panels_, scales_);
  are_finite_ = are_finite_ && are_packed_finite;
}

}  // namespace pno::infer
