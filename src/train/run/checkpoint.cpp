#include "train/run/checkpoint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "base/safetensors.h"

namespace pno::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "pno.checkpoint";
constexpr std::string_view kVersion = "2";
constexpr std::string_view kConfigPrefix = "config.";
constexpr std::string_view kStart = "step-", kEnding = ".safetensors";
constexpr std::string_view kUnreadable = ".unreadable";

// The complete files of a checkpoint folder, newest first. Their names hold the step in nine digits
// or more.
std::vector<fs::path> newest_first(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kStart) && name.ends_with(kEnding)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    const auto left = a.filename().string(), right = b.filename().string();
    return left.size() != right.size() ? left.size() > right.size() : left > right;
  });
  return found;
}

void remove_old(const fs::path& folder, int keep) {
  std::error_code ignored;
  const auto files = newest_first(folder);
  for (auto i = static_cast<std::size_t>(keep); i < files.size(); ++i)
    fs::remove(files[i], ignored);
  // Temporary files of a killed process.
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.find(std::string(kEnding) + ".tmp-") != std::string::npos) {
      fs::remove(entry.path(), ignored);
    }
  }
}

Expected<std::vector<float>> read_floats(const SafetensorsFile& file, std::string_view name,
                                         std::int64_t size) {
  PNO_TRY(const auto tensor, file.require(name, DType::f32, std::array{size}));
  const auto values = tensor.as<float>();
  return std::vector<float>(values.begin(), values.end());
}

TextFields config_in(const TextFields& metadata) {
  TextFields config;
  for (const auto& [key, value] : metadata) {
    if (key.starts_with(kConfigPrefix)) config[key.substr(kConfigPrefix.size())] = value;
  }
  return config;
}

Expected<Checkpoint> read_file(const fs::path& path) {
  PNO_TRY(const auto file, SafetensorsFile::open(path));
  const auto& metadata = file.metadata();
  const auto format = metadata.find("format"), version = metadata.find("version");
  if (format == metadata.end() || format->second != kFormat || version == metadata.end() ||
      version->second != kVersion) {
    return fail("{}: not a checkpoint of this version of pno", path.string());
  }
  Checkpoint checkpoint;
  Expected<void> read;
  Progress::fields(checkpoint.progress, [&](std::string_view name, auto& value) {
    const auto found = metadata.find(std::string(name));
    if (!read || (found == metadata.end() && Progress::may_be_missing(name))) return;
    read = found == metadata.end() ? fail("is missing") : read_progress(found->second, value);
    if (!read) read = fail("{}: its {} {}", path.string(), name, read.error().message);
  });
  PNO_TRY_VOID(read);
  checkpoint.config = config_in(metadata);
  PNO_TRY(checkpoint.learner.parameters, read_floats(file, "parameters", -1));
  const auto size = static_cast<std::int64_t>(checkpoint.learner.parameters.size());
  PNO_TRY(checkpoint.learner.mean, read_floats(file, "adam.mean", size));
  PNO_TRY(checkpoint.learner.square, read_floats(file, "adam.square", size));
  if (file.find("average") != nullptr) {
    PNO_TRY(checkpoint.learner.average, read_floats(file, "average", size));
  }
  return checkpoint;
}

}  // namespace

bool has_checkpoint(const fs::path& folder) {
  return !newest_first(folder).empty();
}

Expected<void> write_checkpoint(const fs::path& folder, const Checkpoint& checkpoint, int keep) {
  PNO_TRY_VOID(make_folder(folder));
  TextFields metadata = {{"format", std::string(kFormat)}, {"version", std::string(kVersion)}};
  Progress::fields(checkpoint.progress, [&](std::string_view name, const auto& value) {
    metadata[std::string(name)] = progress_text(value);
  });
  for (const auto& [key, value] : checkpoint.config) {
    metadata[std::string(kConfigPrefix) + key] = value;
  }
  const std::vector<std::int64_t> shape = {
      static_cast<std::int64_t>(checkpoint.learner.parameters.size())};
  std::vector tensors = {Tensor::of<float>("parameters", shape, checkpoint.learner.parameters),
                         Tensor::of<float>("adam.mean", shape, checkpoint.learner.mean),
                         Tensor::of<float>("adam.square", shape, checkpoint.learner.square)};
  if (!checkpoint.learner.average.empty()) {
    tensors.push_back(Tensor::of<float>("average", shape, checkpoint.learner.average));
  }
  const auto name = fmt::format("{}{:09}{}", kStart, checkpoint.progress.step, kEnding);
  PNO_TRY_VOID(write_safetensors(folder / name, tensors, metadata));
  remove_old(folder, keep);
  return {};
}

TextFields newest_config(const fs::path& folder) {
  for (const auto& path : newest_first(folder)) {
    const auto file = SafetensorsFile::open(path);
    if (file) return config_in(file->metadata());
  }
  return {};
}

Expected<Restored> read_checkpoint(const fs::path& folder) {
  std::vector<fs::path> unreadable;
  std::vector<std::string> reasons;
  for (const auto& path : newest_first(folder)) {
    auto checkpoint = read_file(path);
    if (!checkpoint) {
      unreadable.push_back(path);
      reasons.push_back(checkpoint.error().message);
      continue;
    }
    std::error_code ignored;
    for (const auto& bad : unreadable) fs::rename(bad, fs::path(bad) += kUnreadable, ignored);
    std::string note;
    if (!reasons.empty()) {
      note = fmt::format("{}; continuing from the one before, step {}", fmt::join(reasons, "; "),
                         checkpoint->progress.step);
    }
    return Restored{std::move(*checkpoint), std::move(note)};
  }
  if (reasons.empty()) return fail("{}: holds no checkpoint", folder.string());
  return fail("no checkpoint can be read: {}; start again in another folder",
              fmt::join(reasons, "; "));
}

}  // namespace pno::train
