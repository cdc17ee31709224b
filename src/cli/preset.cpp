#include "cli/preset.h"

#include <toml++/toml.h>

#include <algorithm>
#include <vector>

#include "base/file.h"
#include "cli/nearest_name.h"

namespace pno::cli {
namespace {

// The value as text for parse_field().
Expected<std::string> value_text(const toml::node& value) {
  if (const auto* text = value.as_string()) return text->get();
  if (const auto* number = value.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = value.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* truth = value.as_boolean()) return fmt::format("{}", truth->get());
  return fail("is not a number, text, true or false");
}

template <class Config>
std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names;
  const Config standard;
  Config::fields(standard, [&](std::string_view name, const auto&, std::string_view) {
    names.push_back(name);
  });
  return names;
}

template <class Config>
Expected<void> apply_table(const toml::table& table, std::string_view name, Config& config) {
  for (const auto& [key, value] : table) {
    const auto line = value.source().begin.line;
    auto text = value_text(value);
    if (!text) return fail("{}:{}: {} {}", name, line, key.str(), text.error().message);
    const auto known = set_field(config, key.str(), *text);
    if (!known) return fail("{}:{}: {}", name, line, known.error().message);
    if (!*known) {
      return fail("{}:{}: there is no '{}'; did you mean '{}'?", name, line, key.str(),
                  nearest_name(key.str(), field_names<Config>()));
    }
  }
  return {};
}

Expected<void> read_list(const toml::node& value, std::vector<std::string>& list) {
  if (!value.is_array()) return fail("is not a list");
  list.clear();
  for (const auto& item : *value.as_array()) {
    PNO_TRY(auto text, value_text(item));
    list.push_back(std::move(text));
  }
  return {};
}

Expected<void> read_record(const toml::table& table, std::string_view name, RunRecord& record) {
  for (const auto& [key, value] : table) {
    const bool is_list = key == "commands" || key == "datasets";
    Expected<void> read;
    if (is_list) {
      read = read_list(value, key == "commands" ? record.commands : record.datasets);
    } else if (auto text = value_text(value); !text) {
      read = tl::unexpected(text.error());
    } else if (key == "version" || key == "commit" || key == "folder") {
      (key == "version" ? record.version : key == "commit" ? record.commit : record.folder) = *text;
    } else {
      record.settings[std::string(key.str())] = *text;
    }
    if (!read) {
      return fail("{}:{}: {} {}", name, value.source().begin.line, key.str(), read.error().message);
    }
  }
  return {};
}

}  // namespace

Expected<void> apply_preset_text(std::string_view name, std::string_view toml,
                                 model::ModelConfig& model, train::TrainConfig& train,
                                 RunRecord* record) {
  const auto parsed = toml::parse(toml, name);
  if (!parsed) {
    return fail("{}:{}: not valid TOML: {}", name, parsed.error().source().begin.line,
                parsed.error().description());
  }
  for (const auto& [key, value] : parsed.table()) {
    const auto* table = value.as_table();
    if (table != nullptr && key == "model") {
      PNO_TRY_VOID(apply_table(*table, name, model));
    } else if (table != nullptr && key == "train") {
      PNO_TRY_VOID(apply_table(*table, name, train));
    } else if (table != nullptr && key == "run") {
      if (record != nullptr) PNO_TRY_VOID(read_record(*table, name, *record));
    } else {
      return fail("{}:{}: '{}' is outside the tables [model] and [train]", name,
                  value.source().begin.line, key.str());
    }
  }
  return {};
}

Expected<void> apply_preset(const std::string& which, model::ModelConfig& model,
                            train::TrainConfig& train, RunRecord* record) {
  if (which.ends_with(".toml")) {
    PNO_TRY(const auto text, read_text(which));
    return apply_preset_text(which, text, model, train, record);
  }
  const auto presets = embedded_presets();
  const auto found = std::find_if(presets.begin(), presets.end(),
                                  [&](const Preset& p) { return p.name == which; });
  if (found == presets.end()) {
    return fail_usage("--preset: there is no '{}'; use {}, or a file that ends in .toml", which,
                      preset_names());
  }
  return apply_preset_text(found->name, found->toml, model, train, record);
}

std::string preset_names() {
  std::string names;
  for (const auto& preset : embedded_presets()) {
    if (!names.empty()) names += ", ";
    names += preset.name;
  }
  return names;
}

}  // namespace pno::cli
