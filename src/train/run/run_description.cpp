#include "train/run/run_description.h"

#include "base/version.h"

namespace pno::train {

TextFields run_config(const RunSetup& setup) {
  auto config = setup.data.metadata;
  put_fields(setup.options.model, "model.", config);
  put_fields(setup.options.train, "training.", config);
  if (setup.data.vocabulary.ids.has_roles) put_vocabulary(setup.data.vocabulary, config);
  config["training.precision"] = enum_name(setup.train.precision);  // never "auto"
  if (setup.start) config.insert(setup.start->metadata.begin(), setup.start->metadata.end());
  return config;
}

TextFields model_metadata(const RunSetup& setup, const Progress& progress) {
  auto metadata = setup.data.metadata;
  put_vocabulary(setup.data.vocabulary, metadata);
  put_fields(setup.options.train, "training.", metadata);
  metadata["training.precision"] = enum_name(setup.train.precision);
  metadata["training.step"] = field_text(progress.step);
  metadata["training.tokens"] = field_text(progress.tokens);
  if (progress.train_nll) {
    metadata["training.train_nll"] = fmt::format("{:.4f}", *progress.train_nll);
  }
  if (progress.best_nll) {
    metadata["training.validation_nll"] = fmt::format("{:.4f}", *progress.best_nll);
  }
  if (progress.train_nll_grammar) {
    metadata["training.train_nll_grammar"] = fmt::format("{:.4f}", *progress.train_nll_grammar);
  }
  if (progress.best_nll_grammar) {
    metadata["training.validation_nll_grammar"] = fmt::format("{:.4f}", *progress.best_nll_grammar);
  }
  metadata["training.preset"] = setup.options.preset;
  metadata.merge(describe(setup.machine));
  metadata["pno.version"] = kPnoVersion;
  if (!setup.options.commit.empty()) metadata["pno.commit"] = setup.options.commit;
  if (!setup.options.command.empty()) metadata["training.command"] = setup.options.command;
  for (const auto& [key, value] : setup.config) {
    if (key.starts_with("init.")) metadata[key] = value;
  }
  // The licence of the data that the first model was trained on holds, too.
  auto& licence = metadata["data.licence"];
  const auto before = setup.config.find("init.licence");
  if (before != setup.config.end() && licence.find(before->second) == std::string::npos) {
    licence = before->second + (licence.empty() ? "" : "; ") + licence;
  }
  return metadata;
}

}  // namespace pno::train
