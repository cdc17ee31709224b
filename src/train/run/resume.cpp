#include "train/run/resume.h"

#include <fmt/ranges.h>

#include "train/run/notes.h"
#include "train/run/resume_rules.h"

namespace pno::train {
namespace {

Expected<void> check_changes(const ConfigChanges& changes, const TrainOptions& options,
                             Notes& notes) {
  if (!changes.impossible.empty()) {
    return fail(
        "{}: cannot be resumed with another model or other events: {}; give the same, or begin "
        "another run",
        options.run.string(), fmt::join(changes.impossible, "; "));
  }
  if (changes.needing_override.empty()) return {};
  const auto list = fmt::format("{}", fmt::join(changes.needing_override, "; "));
  if (!options.override_config) {
    return fail(
        "{}: was begun with another configuration: {}; give the same, or continue with the new one "
        "by --override",
        options.run.string(), list);
  }
  notes.add("overridden: " + list);
  return {};
}

// A loss on other windows cannot be compared with earlier ones.
void forget_best_on_new_windows(Progress& progress, const TextFields& before,
                                const TrainOptions& options, Notes& notes) {
  const auto windows = before.find("training.validation_windows");
  const bool is_new = progress.best_nll && windows != before.end() &&
                      windows->second != field_text(options.train.validation_windows);
  if (!is_new) return;
  progress.best_nll = progress.validation_nll = std::nullopt;
  progress.best_nll_grammar = progress.validation_nll_grammar = std::nullopt;
  progress.validated_step = -1;
  notes.add("validation_windows has changed: the best so far no longer counts");
}

}  // namespace

Expected<Restored> resume(const std::filesystem::path& folder, const TrainOptions& options,
                          TextFields& config) {
  PNO_TRY(auto restored, read_checkpoint(folder));
  const auto& before = restored.checkpoint.config;
  Notes notes;
  notes.add(restored.note);
  PNO_TRY_VOID(check_changes(config_changes(before, config), options, notes));
  for (const auto& [key, value] : before) {
    if (key.starts_with("init.")) config.try_emplace(key, value);
  }
  forget_best_on_new_windows(restored.checkpoint.progress, before, options, notes);
  restored.note = notes.text();
  return restored;
}

}  // namespace pno::train
