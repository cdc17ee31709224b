#include "train/run/resume_rules.h"

#include <algorithm>
#include <array>

namespace pno::train {
namespace {

constexpr std::array<std::string_view, 10> kFree = {
    "training.steps",    "training.epochs",
    "training.patience", "training.validation_steps",
    "data.sources",      "training.validation_windows",
    "data.licence",      "init.model",
    "init.licence",      "training.validation_examples",
};

// Fields that older checkpoints do not have, and the values that those runs had.
const TextFields kOldValues = {
    {"training.precision", "f32"},       {"training.grammar_weight", "1"},
    {"training.crops", "notes"},         {"training.optimizer", "adamw"},
    {"training.muon_rate", "3"},         {"training.muon_momentum", "0.95"},
    {"training.cooldown", "0.45"},       {"training.final_decay", "1"},
    {"training.task_plain", "0.5"},      {"training.task_infill", "0.25"},
    {"training.task_accompany", "0.09"}, {"training.task_realise", "0.08"},
    {"training.task_duet", "0.08"},      {"training.validation_examples", "0"}};

bool is_free(const std::string& key, bool is_given_now) {
  if (key.starts_with("init.") && !is_given_now) return true;
  return std::find(kFree.begin(), kFree.end(), key) != kFree.end();
}

bool may_be_overridden(const std::string& key) {
  if (key == "training.vocabulary") return false;
  return key == "model.dropout" || key.starts_with("training.") || key.starts_with("data.");
}

// The fields of a checkpoint, with the values of those that it is too old to have.
TextFields with_old_values(TextFields before, const TextFields& now) {
  for (const auto& [key, value] : kOldValues) {
    if (now.count(key) != 0) before.try_emplace(key, value);
  }
  return before;
}

}  // namespace

ConfigChanges config_changes(const TextFields& of_checkpoint, const TextFields& now) {
  const auto before = with_old_values(of_checkpoint, now);
  ConfigChanges changes;
  TextFields all = before;
  all.insert(now.begin(), now.end());
  for (const auto& [key, unused] : all) {
    const auto was = before.find(key), is = now.find(key);
    const auto text = [](auto found, const TextFields& fields) {
      if (found == fields.end()) return std::string("absent");
      return found->second.empty() ? std::string("''") : found->second;
    };
    if (text(was, before) == text(is, now) || is_free(key, is != now.end())) continue;
    auto& list = may_be_overridden(key) ? changes.needing_override : changes.impossible;
    list.push_back(fmt::format("{} was {}, is {}", key, text(was, before), text(is, now)));
  }
  return changes;
}

}  // namespace pno::train
