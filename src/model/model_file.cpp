#include "model/model_file.h"

#include <fmt/ranges.h>

#include <algorithm>
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

constexpr std::string_view kVersion = "1";
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
  if (version != kVersion) {
    return fail("is a model of version '{}', but this pno reads version {}; use a newer pno",
                version, kVersion);
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

Expected<int> read_vocabulary_size(std::span<const Tensor> tensors) {
  const auto embedding = std::find_if(tensors.begin(), tensors.end(),
                                      [](const Tensor& t) { return t.name == "embedding"; });
  if (embedding == tensors.end()) return fail("has no tensor 'embedding'");
  const auto& shape = embedding->shape;
  if (shape.size() != 2 || shape[0] < 1 || shape[0] > kMaxVocabulary) {
    return fail(
        "tensor 'embedding' is [{}] where [vocabulary, width] was expected, vocabulary 1 to {}",
        fmt::join(shape, ", "), kMaxVocabulary);
  }
  return static_cast<int>(shape[0]);
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

Expected<void> check_tensor(const Tensor& tensor, const Parameter& parameter) {
  if (tensor.dtype != DType::f32 && tensor.dtype != DType::bf16) {
    return fail("tensor '{}' is {} where F32 or BF16 was expected", tensor.name,
                dtype_name(tensor.dtype));
  }
  if (tensor.shape != parameter.shape) {
    return fail("tensor '{}' is [{}] where its config asks for [{}]", tensor.name,
                fmt::join(tensor.shape, ", "), fmt::join(parameter.shape, ", "));
  }
  return {};
}

bool holds_finite_values(const Tensor& tensor) {
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
                             int vocabulary_size) {
  std::map<std::string_view, const Tensor*> by_name;
  for (const auto& tensor : tensors) by_name[tensor.name] = &tensor;
  for (const auto& parameter : parameters(config, vocabulary_size)) {
    const auto found = by_name.find(parameter.name);
    if (found == by_name.end()) return fail("has no tensor '{}'", parameter.name);
    PNO_TRY_VOID(check_tensor(*found->second, parameter));
    by_name.erase(found);
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
  auto vocabulary_size = read_vocabulary_size(file.file_.tensors());
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
  return holds_finite_values(tensor(name));
}

const Tensor& ModelFile::tensor(std::string_view name) const {
  const Tensor* found = file_.find(name);
  PNO_CHECK(found != nullptr, "unknown parameter name");
  return *found;
}

DType ModelFile::precision() const {
  std::size_t in_bf16 = 0, in_all = 0;  // parameters
  for (const auto& tensor : file_.tensors()) {
    const std::size_t parameters = tensor.bytes.size() / size_bytes(tensor.dtype);
    in_all += parameters;
    if (tensor.dtype == DType::bf16) in_bf16 += parameters;
  }
  return 2 * in_bf16 > in_all ? DType::bf16 : DType::f32;
}

std::vector<float> ModelFile::values(std::string_view name) const {
  const Tensor& from = tensor(name);
  if (from.dtype == DType::f32) {
    const auto floats = from.as<float>();
    return {floats.begin(), floats.end()};
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
  if (auto valid =
          read_vocabulary_size(tensors).and_then([&](int vocabulary_size) -> Expected<void> {
            PNO_TRY_VOID(check_tensors(tensors, config, vocabulary_size));
            return check_finite(tensors);
          });
      !valid) {
    return fail("{}: was not written: {}", path.string(), valid.error().message);
  }
  metadata.insert_or_assign("format", std::string(kModelFormat));
  metadata.insert_or_assign("version", std::string(kVersion));
  put_fields(config, kConfigPrefix, metadata);
  return write_safetensors(path, tensors, metadata);
}

Expected<void> write_model_as(const std::filesystem::path& path, const ModelFile& model,
                              DType precision) {
  PNO_CHECK(precision == DType::f32 || precision == DType::bf16, "models are F32 or BF16");
  // The storage of the tensors. A list, because its elements do not move.
  std::list<std::vector<float>> floats;
  std::list<std::vector<std::uint16_t>> halves;
  std::vector<Tensor> tensors;
  for (const auto& parameter : parameters(model.config(), model.vocabulary_size())) {
    const auto& values = floats.emplace_back(model.values(parameter.name));
    if (precision == DType::f32 || parameter.shape.size() < 2) {
      tensors.push_back(Tensor::of<float>(parameter.name, parameter.shape, values));
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
