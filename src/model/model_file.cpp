#include "model/model_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "base/bf16.h"
#include "base/format_names.h"
#include "base/other_kind.h"
#include "model/parameters.h"

namespace pno::model {
namespace {

constexpr std::string_view kVersion = "1", kVersionWithRoles = "2";
constexpr std::string_view kConfigPrefix = "model.";
constexpr int kMaxVocabulary = 1 + std::numeric_limits<std::uint16_t>::max();  // a token is 16 bits

std::string_view text_of(const TextFields& metadata, std::string_view key) {
  const auto found = metadata.find(std::string(key));
  return found == metadata.end() ? std::string_view() : found->second;
}

// Returns an error unless the metadata names a model in a version that this program reads.
Expected<void> check_format(const SafetensorsFile& file) {
  const auto format = text_of(file.metadata(), "format");
  if (format == kDatasetFormat) {
    const Tensor* first = file.find("piece_first");
    const bool is_counted = first != nullptr && !first->shape.empty() && first->shape[0] > 0;
    return fail("is a dataset{}, not a model; give a model file made by 'pno train'",
                is_counted ? fmt::format(" of {} pieces", first->shape[0] - 1) : "");
  }
  if (format != kModelFormat) {
    return fail("is a safetensors file of another program; give a model file made by 'pno train'");
  }
  const auto version = text_of(file.metadata(), "version");
  if (version != kVersion && version != kVersionWithRoles) {
    return fail(
        "is a model of version '{}', but this pno reads versions {} and {}; use a newer pno",
        version, kVersion, kVersionWithRoles);
  }
  return {};
}

Expected<ModelConfig> read_config(const TextFields& metadata) {
  PNO_TRY(const auto config, get_fields<ModelConfig>(kConfigPrefix, metadata));
  // An unknown field may change the maths, so the model is refused.
  TextFields known;
  put_fields(config, kConfigPrefix, known);
  for (const auto& [key, value] : metadata) {
    if (key.starts_with(kConfigPrefix) && !known.contains(key)) {
      return fail("{} is not known to this pno; use a newer one", key);
    }
  }
  if (const auto valid = config.validate(); !valid) {
    return fail("{}{}", kConfigPrefix, valid.error().message);
  }
  return config;
}

Expected<const Tensor*> find_tensor(std::span<const Tensor> tensors, std::string_view name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  if (found == tensors.end()) return fail("has no tensor '{}'", name);
  return &*found;
}

// `has_roles` is what the version of the file says.
Expected<VocabularySize> read_vocabulary_size(std::span<const Tensor> tensors, bool has_roles) {
  PNO_TRY(const Tensor* embedding, find_tensor(tensors, "embedding"));
  const auto& shape = embedding->shape;
  if (shape.size() != 2 || shape[0] < 1 || shape[0] > kMaxVocabulary) {
    return fail(
        "tensor 'embedding' is [{}] where [vocabulary, width] was expected, vocabulary 1 to {}",
        fmt::join(shape, ", "), kMaxVocabulary);
  }
  const int inputs = static_cast<int>(shape[0]);
  if (!has_roles) return VocabularySize(inputs);
  PNO_TRY(const Tensor* bias, find_tensor(tensors, "output.bias"));
  if (bias->shape.size() != 1 || bias->shape[0] < 1 || bias->shape[0] >= inputs) {
    return fail(
        "tensor 'output.bias' is [{}] where fewer outputs than the {} rows of 'embedding' "
        "were expected, because it has roles",
        fmt::join(bias->shape, ", "), inputs);
  }
  return VocabularySize(inputs, static_cast<int>(bias->shape[0]));
}

// False if any value has an exponent of all ones (infinity or NaN). Without an early exit
// the compiler vectorises the loop: a model is checked as fast as it is read from disk.
template <class Word>
bool all_finite(std::span<const std::byte> bytes, Word exponent) {
  const std::span words(reinterpret_cast<const Word*>(bytes.data()), bytes.size() / sizeof(Word));
  Word found = 0;
  for (const Word word : words) found |= static_cast<Word>((word & exponent) == exponent);
  return found == 0;
}

constexpr float kMaxInt8 = 127;  // of |integer|

// True for parameters that write_model_as() writes as I8. Of an embedding a token reads one row.
bool is_quantisable(const Parameter& parameter) {
  return parameter.shape.size() > 1 && parameter.name != "embedding" &&
         parameter.name != "role_embedding";
}

std::string scale_name(std::string_view parameter) {
  return fmt::format("{}.scale", parameter);
}

// The scales of the rows of an I8 parameter.
Parameter scale_parameter(const Parameter& parameter) {
  auto shape = parameter.shape;
  shape.pop_back();
  return {scale_name(parameter.name), std::move(shape)};
}

Expected<void> check_tensor(const Tensor& tensor, const Parameter& parameter) {
  const bool is_known = tensor.dtype == DType::f32 || tensor.dtype == DType::bf16 ||
                        (tensor.dtype == DType::i8 && is_quantisable(parameter));
  if (!is_known) {
    return fail("tensor '{}' is {} where F32 or BF16{} was expected", tensor.name,
                dtype_name(tensor.dtype), is_quantisable(parameter) ? " or I8" : "");
  }
  if (tensor.shape != parameter.shape) {
    return fail("tensor '{}' is [{}] where its config asks for [{}]", tensor.name,
                fmt::join(tensor.shape, ", "), fmt::join(parameter.shape, ", "));
  }
  return {};
}

Expected<void> check_scales(const Tensor& tensor, const Parameter& scales) {
  if (tensor.dtype == DType::f32 && tensor.shape == scales.shape) return {};
  return fail("tensor '{}' is {} [{}] where F32 [{}] was expected, a scale for each row",
              tensor.name, dtype_name(tensor.dtype), fmt::join(tensor.shape, ", "),
              fmt::join(scales.shape, ", "));
}

// All values of I8 are finite; those of its scales are checked with them, as a tensor.
bool holds_finite_values(const Tensor& tensor) {
  if (tensor.dtype == DType::i8) return true;
  return tensor.dtype == DType::f32 ? all_finite<std::uint32_t>(tensor.bytes, 0x7F800000)
                                    : all_finite<std::uint16_t>(tensor.bytes, 0x7F80);
}

Expected<void> check_finite(std::span<const Tensor> tensors) {
  const auto bad = std::find_if_not(tensors.begin(), tensors.end(), holds_finite_values);
  if (bad == tensors.end()) return {};
  return fail("tensor '{}' holds values that are not finite; train the model again", bad->name);
}

// Returns an error unless `tensors` are the parameters of the config, all of them and no other.
Expected<void> check_tensors(std::span<const Tensor> tensors, const ModelConfig& config,
                             const VocabularySize& vocabulary_size) {
  std::map<std::string_view, const Tensor*> by_name;
  for (const auto& tensor : tensors) by_name[tensor.name] = &tensor;
  for (const auto& parameter : parameters(config, vocabulary_size)) {
    const auto found = by_name.find(parameter.name);
    if (found == by_name.end()) return fail("has no tensor '{}'", parameter.name);
    const Tensor& tensor = *found->second;
    PNO_TRY_VOID(check_tensor(tensor, parameter));
    by_name.erase(found);
    if (tensor.dtype != DType::i8) continue;
    const Parameter scales = scale_parameter(parameter);
    const auto found_scales = by_name.find(scales.name);
    if (found_scales == by_name.end()) return fail("has no tensor '{}'", scales.name);
    PNO_TRY_VOID(check_scales(*found_scales->second, scales));
    by_name.erase(found_scales);
  }
  if (!by_name.empty()) {
    return fail("tensor '{}' is not part of a model with this config", by_name.begin()->first);
  }
  return {};
}

tl::unexpected<Error> fail_in(std::string_view name, const Error& error) {
  return fail("{}: {}", name, error.message);
}

}  // namespace

Expected<ModelFile> ModelFile::open(const std::filesystem::path& path, Values values) {
  auto file = SafetensorsFile::open(path);
  if (!file) return tl::unexpected(explained(std::move(file.error()), path, Wanted::model));
  return check(std::move(*file), path.string(), values);
}

Expected<ModelFile> ModelFile::parse(std::span<const std::byte> bytes, std::string_view name,
                                     Values values) {
  auto file = SafetensorsFile::parse(bytes, name);
  if (!file) return tl::unexpected(explained(std::move(file.error()), bytes, name, Wanted::model));
  return check(std::move(*file), name, values);
}

Expected<ModelFile> ModelFile::check(SafetensorsFile safetensors, std::string_view name,
                                     Values values) {
  ModelFile file(std::move(safetensors));
  file.values_ = values;
  if (auto known = check_format(file.file_); !known) return fail_in(name, known.error());
  auto config = read_config(file.metadata());
  if (!config) return fail("{}: its metadata is wrong: {}", name, config.error().message);
  const bool has_roles = text_of(file.metadata(), "version") == kVersionWithRoles;
  auto vocabulary_size = read_vocabulary_size(file.file_.tensors(), has_roles);
  if (!vocabulary_size) return fail_in(name, vocabulary_size.error());
  if (auto complete = check_tensors(file.file_.tensors(), *config, *vocabulary_size); !complete) {
    return fail_in(name, complete.error());
  }
  if (values == Values::checked) {
    file.prefault();
    if (auto finite = file.check_values(); !finite) return fail_in(name, finite.error());
  }
  file.config_ = *config;
  file.vocabulary_size_ = *vocabulary_size;
  file.parameter_count_ = model::parameter_count(*config, *vocabulary_size);
  return file;
}

Expected<void> ModelFile::check_values() const {
  return check_finite(file_.tensors());
}

bool ModelFile::is_finite(std::string_view name) const {
  const Tensor& values = tensor(name);
  return holds_finite_values(values.dtype == DType::i8 ? tensor(scale_name(name)) : values);
}

const Tensor& ModelFile::tensor(std::string_view name) const {
  const Tensor* found = file_.find(name);
  PNO_CHECK(found != nullptr, "unknown parameter name");
  return *found;
}

DType ModelFile::precision() const {
  std::size_t in_bf16 = 0, in_i8 = 0, in_all = 0;  // parameters; scales count, too
  for (const auto& tensor : file_.tensors()) {
    const std::size_t parameters = tensor.bytes.size() / size_bytes(tensor.dtype);
    in_all += parameters;
    if (tensor.dtype == DType::bf16) in_bf16 += parameters;
    if (tensor.dtype == DType::i8) in_i8 += parameters;
  }
  if (2 * in_i8 > in_all) return DType::i8;
  return 2 * in_bf16 > in_all ? DType::bf16 : DType::f32;
}

const float* ModelFile::scales(std::string_view name) const {
  return tensor(name).dtype == DType::i8 ? tensor(scale_name(name)).as<float>().data() : nullptr;
}

std::vector<float> ModelFile::values(std::string_view name) const {
  const Tensor& from = tensor(name);
  if (from.dtype == DType::f32) {
    const auto floats = from.as<float>();
    return {floats.begin(), floats.end()};
  }
  if (from.dtype == DType::i8) {
    const float* row_scales = scales(name);
    const std::span integers(reinterpret_cast<const std::int8_t*>(from.bytes.data()),
                             from.bytes.size());
    const auto columns = static_cast<std::size_t>(from.shape.back());
    std::vector<float> floats(integers.size());
    for (std::size_t i = 0; i < integers.size(); ++i) {
      floats[i] = static_cast<float>(integers[i]) * row_scales[i / columns];
    }
    return floats;
  }
  const std::span halves(reinterpret_cast<const std::uint16_t*>(from.bytes.data()),
                         from.bytes.size() / sizeof(std::uint16_t));
  std::vector<float> floats;
  floats.reserve(halves.size());
  for (const auto half : halves) floats.push_back(from_bf16(half));
  return floats;
}

Expected<void> write_model(const std::filesystem::path& path, const ModelConfig& config,
                           std::span<const Tensor> tensors, TextFields metadata) {
  PNO_CHECK(config.validate().has_value(), "write_model() needs a valid config");
  const bool has_roles = find_tensor(tensors, "role_embedding").has_value();
  const auto check = [&]() -> Expected<void> {
    PNO_TRY(const auto vocabulary_size, read_vocabulary_size(tensors, has_roles));
    PNO_TRY_VOID(check_tensors(tensors, config, vocabulary_size));
    return check_finite(tensors);
  };
  if (const auto valid = check(); !valid) {
    return fail("{}: was not written: {}", path.string(), valid.error().message);
  }
  metadata.insert_or_assign("format", std::string(kModelFormat));
  metadata.insert_or_assign("version", std::string(has_roles ? kVersionWithRoles : kVersion));
  put_fields(config, kConfigPrefix, metadata);
  return write_safetensors(path, tensors, metadata);
}

namespace {

struct Int8Rows {
  std::vector<std::int8_t> values;
  std::vector<float> scales;  // one for each row
};

// Rows of `columns` values. A row of zeros has the scale 0.
Int8Rows to_int8(const std::vector<float>& values, std::size_t columns) {
  Int8Rows rows{std::vector<std::int8_t>(values.size()), {}};
  for (std::size_t first = 0; first < values.size(); first += columns) {
    const std::span row = std::span(values).subspan(first, columns);
    float largest = 0;
    for (const float value : row) largest = std::max(largest, std::abs(value));
    const float scale = largest / kMaxInt8;
    constexpr float kMinScale = 1e-38F;  // its inverse is finite
    const float inverse = scale > kMinScale ? 1 / scale : 0;
    for (std::size_t i = 0; i < columns; ++i) {
      rows.values[first + i] = static_cast<std::int8_t>(std::nearbyint(row[i] * inverse));
    }
    rows.scales.push_back(scale);
  }
  return rows;
}

// An I8 parameter stays as it is, so that it is not rounded twice.
Int8Rows int8_rows(const ModelFile& model, const Parameter& parameter,
                   const std::vector<float>& values) {
  const auto columns = static_cast<std::size_t>(parameter.shape.back());
  const float* scales = model.scales(parameter.name);
  if (scales == nullptr) return to_int8(values, columns);
  const auto bytes = model.tensor(parameter.name).bytes;
  const auto* integers = reinterpret_cast<const std::int8_t*>(bytes.data());
  return {{integers, integers + bytes.size()}, {scales, scales + bytes.size() / columns}};
}

}  // namespace

Expected<void> write_model_as(const std::filesystem::path& path, const ModelFile& model,
                              DType precision) {
  PNO_CHECK(precision == DType::f32 || precision == DType::bf16 || precision == DType::i8,
            "models are F32, BF16 or I8");
  // The storage of the tensors. A list, because its elements do not move.
  std::list<std::vector<float>> floats;
  std::list<std::vector<std::uint16_t>> halves;
  std::list<Int8Rows> integers;
  std::vector<Tensor> tensors;
  for (const auto& parameter : parameters(model.config(), model.vocabulary_size())) {
    const auto& values = floats.emplace_back(model.values(parameter.name));
    if (precision == DType::f32 || parameter.shape.size() < 2 ||
        (precision == DType::i8 && !is_quantisable(parameter))) {
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, values));
      continue;
    }
    if (precision == DType::i8) {
      const auto& rows = integers.emplace_back(int8_rows(model, parameter, values));
      const Parameter scales = scale_parameter(parameter);
      tensors.push_back({parameter.name, DType::i8, parameter.shape,
                         std::as_bytes(std::span<const std::int8_t>(rows.values))});
      tensors.push_back(Tensor::of<float>(scales.name, scales.shape, rows.scales));
      floats.pop_back();
      continue;
    }
    auto& rounded = halves.emplace_back(values.size());
    std::transform(values.begin(), values.end(), rounded.begin(), to_bf16);
    tensors.push_back({parameter.name, DType::bf16, parameter.shape,
                       std::as_bytes(std::span<const std::uint16_t>(rounded))});
    floats.pop_back();
  }
  return write_model(path, model.config(), tensors, model.metadata());
}

}  // namespace pno::model
