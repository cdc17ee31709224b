#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "base/printable_text.h"
#include "cli/describe.h"
#include "events/stored_vocabulary.h"
#include "infer/music/wishes.h"
#include "model/model_file.h"

namespace pno::cli {
namespace {

// Splits "training.steps" into the group "training" and the name "steps".
std::pair<std::string, std::string> split_key(const std::string& key) {
  const auto dot = key.find('.');
  if (dot == std::string::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

}  // namespace

Expected<Answer> describe_model(const std::filesystem::path& path) {
  PNO_TRY(const auto file, model::ModelFile::open(path));
  PNO_TRY(const auto vocabulary, events::get_vocabulary(file.metadata()));
  const auto name = events::vocabulary_name(vocabulary.ids);
  const auto& size = file.vocabulary_size();
  const auto ids = size.has_roles() ? fmt::format("{} ids, draws {}", size.inputs, size.outputs)
                                    : fmt::format("{} ids", size.inputs);
  Json json = {{"file", path.string()},
               {"kind", "model"},
               {"parameters", file.parameter_count()},
               {"stored", dtype_name(file.precision())},
               {"vocabulary_name", name},
               {"inputs", size.inputs},
               {"outputs", size.outputs},
               {"has_roles", size.has_roles()}};
  auto text = fmt::format("{}: model, {} parameters in {}, events {} ({})\n", path.string(),
                          grouped(file.parameter_count()), dtype_name(file.precision()), name, ids);
  if (size.has_roles()) {
    const auto kinds = infer::music_kind_names();
    json["tasks"] = {"continue", "infill", "accompany", "realise"};
    json["controls"] = {{"composer", vocabulary.composers},
                        {"kind", std::vector<std::string>(kinds.begin(), kinds.end())},
                        {"key", "C, C#m, …"},
                        {"density", "notes a second"},
                        {"loudness", "mean MIDI velocity"},
                        {"polyphony", "mean sounding notes"}};
    text += fmt::format(
        "  fills gaps (pno infill), accompanies (pno accompany), and can be asked for\n"
        "    composer   {}\n    kind       {}\n    key, density, loudness, polyphony\n",
        printable_text(fmt::format("{}", fmt::join(vocabulary.composers, ", "))),
        fmt::join(kinds, ", "));
  }
  // The metadata is sorted by key, so the fields of a group are neighbours.
  std::string open_group;
  for (const auto& [key, value] : file.metadata()) {
    const auto [group, field] = split_key(key);
    if (group.empty()) continue;  // format and version
    json["metadata"][group][field] = value;
    if (group != open_group) text += fmt::format("  {}\n", printable_text(group));
    open_group = group;
    text += fmt::format("    {:<20}  {}\n", printable_text(field), printable_text(value));
  }
  return Answer{std::move(text), std::move(json)};
}

}  // namespace pno::cli
