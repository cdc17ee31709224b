#include "train/run/start_model.h"

#include <fmt/ranges.h>

#include <vector>

#include "base/digest.h"
#include "model/parameters.h"

namespace pno::train {
namespace {

std::string weights_hash(const model::ModelFile& file, const model::ModelConfig& config) {
  Digest digest;
  for (const auto& parameter : model::parameters(config, file.vocabulary_size())) {
    digest.add(file.tensor(parameter.name).bytes);
  }
  return digest.text();
}

}  // namespace

Expected<StartModel> open_start_model(const std::filesystem::path& path,
                                      const model::ModelConfig& config,
                                      const events::Vocabulary& vocabulary) {
  PNO_TRY(auto file, model::ModelFile::open(path));
  TextFields asked, there;
  auto comparable = config;
  comparable.context = file.config().context;
  comparable.dropout = file.config().dropout;
  put_fields(comparable, "model.", asked);
  put_fields(vocabulary, "vocabulary.", asked);
  put_fields(file.config(), "model.", there);
  PNO_TRY(auto spoken, events::get_vocabulary(file.metadata()));
  put_fields(spoken.ids, "vocabulary.", there);
  std::vector<std::string> differences;
  for (const auto& [key, value] : there) {
    if (asked[key] == value) continue;
    differences.push_back(fmt::format("{} is {} there, {} asked for", key, value, asked[key]));
  }
  if (spoken.ids.has_roles && !vocabulary.has_roles) {
    differences.push_back("its vocabulary has roles, the one asked for has not");
  }
  if (!differences.empty()) {
    return fail_usage("{}: a model of another shape: {}; leave out the flags for these",
                      path.string(), fmt::join(differences, "; "));
  }
  TextFields metadata = {{"init.model", path.filename().string()},
                         {"init.hash", weights_hash(file, file.config())}};
  const auto licence = file.metadata().find("data.licence");
  if (licence != file.metadata().end()) metadata["init.licence"] = licence->second;
  return StartModel{std::move(file), std::move(spoken), std::move(metadata)};
}

}  // namespace pno::train
