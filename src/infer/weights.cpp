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

// Rows of values in a model file: float32, bfloat16, or int8 with a scale for each row.
struct FileValues {
  const std::byte* first = nullptr;
  DType dtype = DType::f32;
  std::size_t columns = 0;
  const float* scales = nullptr;  // [rows], int8 only

  FileValues from_row(std::size_t row) const {
    return {first + row * columns * size_bytes(dtype), dtype, columns,
            scales == nullptr ? nullptr : scales + row};
  }
};

// Reads values of a file as float32 into a buffer that it reuses.
class ValueReader {
 public:
  explicit ValueReader(const model::ModelFile& file) : file_(file) {}

  // The first `rows` rows. Valid until the next call.
  const float* floats(const FileValues& values, std::size_t rows) {
    const std::size_t count = rows * values.columns;
    floats_.resize(count);
    const std::span part(values.first, count * size_bytes(values.dtype));
    if (values.dtype == DType::f32) {
      file_.copy(part, reinterpret_cast<std::byte*>(floats_.data()));
      return floats_.data();
    }
    if (values.dtype == DType::i8) {
      integers_.resize(count);
      file_.copy(part, reinterpret_cast<std::byte*>(integers_.data()));
      for (std::size_t i = 0; i < count; ++i) {
        floats_[i] = static_cast<float>(integers_[i]) * values.scales[i / values.columns];
      }
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
  std::vector<std::int8_t> integers_;
};

}  // namespace

// Lays out all matrices in one array, then packs them with several threads.
class Weights::Packer {
 public:
  explicit Packer(Precision precision) : precision_(precision) {}

  // w [M, K], packed as it is: for products with its rows.
  void add_rows(const FileValues& w, std::size_t M, Panels& into) {
    const std::size_t K = w.columns;
    for (std::size_t first = 0; first < M; first += kRowsOfTask) {
      const std::size_t count = std::min(kRowsOfTask, M - first);
      tasks_.push_back({.w = w.from_row(first),
                        .rows = count,
                        .is_transposed = false,
                        .panel_offset = panel_bytes_,
                        .scale_offset = scales_,
                        .panel_size_bytes = panel_bytes(precision_, K)});
      panel_bytes_ += panel_count(count) * panel_bytes(precision_, K);
      scales_ += panel_count(count) * kPanelRows;
      if (first == 0) targets_.push_back({&into, tasks_.size() - 1});
    }
  }
  // w [R, D], packed transposed: for weighted sums of its rows.
  void add_columns(const FileValues& w, std::size_t R, Panels& into) {
    const std::size_t D = w.columns;
    tasks_.push_back({.w = w,
                      .rows = R,
                      .is_transposed = true,
                      .panel_offset = panel_bytes_,
                      .scale_offset = scales_,
                      .panel_size_bytes = panel_bytes(precision_, R)});
    targets_.push_back({&into, tasks_.size() - 1});
    panel_bytes_ += panel_count(D) * panel_bytes(precision_, R);
    scales_ += R;
  }

  // Returns true if all values are finite.
  bool pack(const model::ModelFile& file, int threads, AlignedArray<std::byte>& panels,
            FloatArray& scales) const {
    panels = AlignedArray<std::byte>(panel_bytes_);
    if (precision_ == Precision::int8) scales = FloatArray(scales_);
    const auto scales_of = [&](const Task& task) {
      return scales.get() == nullptr ? nullptr : scales.get() + task.scale_offset;
    };
    std::atomic<bool> are_finite{true};
    std::vector<ValueReader> readers(as_size(threads), ValueReader(file));
    ThreadPool(threads).run(static_cast<int>(tasks_.size()), [&](int index, int worker) {
      const Task& task = tasks_[as_size(index)];
      const auto pack = task.is_transposed ? pack_columns : pack_rows;
      // A few rows at a time, so that they stay in the processor's cache from the file to the
      // panel.
      ValueReader& reader = readers[as_size(worker)];
      const std::size_t rows_at_once = task.is_transposed ? task.rows : kRowsAtOnce;
      for (std::size_t row = 0; row < task.rows; row += rows_at_once) {
        const std::size_t rows = std::min(rows_at_once, task.rows - row);
        const FileValues values = task.w.from_row(row);
        const float* floats = reader.floats(values, rows);
        float* task_scales = scales_of(task);
        pack({.precision = precision_,
              .w = floats,
              .rows = rows,
              .columns = values.columns,
              .panels = panels.get() + task.panel_offset + row / kPanelRows * task.panel_size_bytes,
              .scales = task_scales == nullptr ? nullptr : task_scales + row,
              .given_scales = values.scales});
        // In int8 the scales show it, at no cost: they are checked below.
        if (task_scales == nullptr && !std::isfinite(int8_scale(floats, rows * values.columns))) {
          are_finite = false;
        }
      }
    });
    for (const auto& [into, first_task] : targets_) {
      const Task& task = tasks_[first_task];
      *into = {precision_, panels.get() + task.panel_offset, task.panel_size_bytes,
               scales_of(task)};
    }
    const std::span all_scales(scales.get(), scales.get() == nullptr ? 0 : scales_);
    return are_finite && std::all_of(all_scales.begin(), all_scales.end(),
                                     [](float scale) { return std::isfinite(scale); });
  }

 private:
  static constexpr std::size_t kRowsOfTask = 256, kRowsAtOnce = 64;  // full panels
  struct Task {
    FileValues w;
    std::size_t rows = 0;
    bool is_transposed = false;
    std::size_t panel_offset = 0, scale_offset = 0;  // of the destination
    std::size_t panel_size_bytes = 0;
  };
  struct Target {
    Panels* into = nullptr;
    std::size_t first_task = 0;  // that packs it
  };
  Precision precision_;
  std::vector<Task> tasks_;
  std::vector<Target> targets_;
  std::size_t panel_bytes_ = 0, scales_ = 0;  // in all, so far
};

// Reads parameters by name, as float32 or into a Packer.
class Weights::Reader {
 public:
  Reader(const model::ModelFile& file, Storage storage, Precision precision,
         std::vector<std::vector<float>>& owned)
      : file_(file), storage_(storage), precision_(precision), packer_(precision), owned_(owned) {}

  // As float32, whatever the file holds.
  const float* parameter(const std::string& name) {
    const Tensor& tensor = file_.tensor(name);
    check_values(name);
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
      packer_.add_rows(file_values(name), as_size(rows), into.panels);
    }
  }
  // [H] tables of [R, D] each.
  void relative_keys(const std::string& name, std::vector<HeadRows>& into) {
    table(name, into, &Packer::add_rows);
  }
  void relative_values(const std::string& name, std::vector<HeadRows>& into) {
    table(name, into, &Packer::add_columns);
  }
  bool are_finite() const { return are_finite_; }
  const Packer& packer() const { return packer_; }

 private:
  using Add = void (Packer::*)(const FileValues&, std::size_t, Panels&);
  void table(const std::string& name, std::vector<HeadRows>& into, Add add) {
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
    FileValues rows = file_values(name);
    for (auto& head : into) {
      (packer_.*add)(rows, R, head.panels);
      rows = rows.from_row(R);
    }
  }
  FileValues file_values(const std::string& name) {
    const Tensor& tensor = file_.tensor(name);
    return {tensor.bytes.data(), tensor.dtype, as_size(static_cast<int>(tensor.shape.back())),
            file_.scales(name)};
  }
  void check_values(const std::string& name) {
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
  // Packing reads every value once, and not from the mapping.
  if (precision == Precision::f32) file.prefault();
  Reader read(file, storage, precision, owned_);
  embedding = read.parameter("embedding");
  if (file.vocabulary_size().has_roles()) role_embedding = read.parameter("role_embedding");
  layers.resize(as_size(config.layers));
  for (int n = 0; n < config.layers; ++n) {
    const auto prefix = fmt::format("layers.{}.", n);
    LayerWeights& layer = layers[as_size(n)];
    layer.attention_norm = read.norm(prefix + "attention_norm");
    read.matrix(prefix + "qkv.weight", 3 * config.attention_width, config.width, layer.qkv);
    if (config.has_relative_keys()) {
      read.relative_keys(prefix + "relative_keys", layer.relative_keys);
    }
    if (config.has_relative_values()) {
      read.relative_values(prefix + "relative_values", layer.relative_values);
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
  // Tied to the embedding: its first rows.
  read.matrix(config.tie_embeddings ? "embedding" : "output.weight", file.vocabulary_size().outputs,
              config.width, output);
  output.bias = read.parameter("output.bias");
  are_finite_ = read.are_finite();
  if (precision == Precision::f32) return;
  const bool are_packed_values_finite = read.packer().pack(file, threads, panels_, scales_);
  are_finite_ = are_finite_ && are_packed_values_finite;
}

}  // namespace pno::infer
