#pragma once

// The losses of a step or validation, together and by task.

#include <array>
#include <cstddef>
#include <cstdint>

#include "train/step/nll_means.h"

namespace pno::train {

// Groups of targets by the task of their example (corpus::Task). Of an infill, the past is music
// that continues, the middle is what the gap is filled with, END included.
enum class TaskGroup { plain, infill_past, infill_middle, accompany, realise, duet };
constexpr auto enum_names(TaskGroup) {
  return std::array{"plain", "infill_past", "infill_middle", "accompany", "realise", "duet"};
}
inline constexpr std::size_t kTaskGroups = 6;

struct StepLosses {
  NllMeans all;
  // Without targets if the batches do not have groups.
  std::array<NllMeans, kTaskGroups> of_task = {};

  void add(const StepLosses& more) {
    all.add(more.all);
    for (std::size_t i = 0; i < kTaskGroups; ++i) of_task[i].add(more.of_task[i]);
  }
  bool operator==(const StepLosses&) const = default;
};

// The same as numbers, which several ranks add up.
inline constexpr std::size_t kLossSums = 3 * (1 + kTaskGroups);
std::array<double, kLossSums> to_sums(const StepLosses& losses);
StepLosses from_sums(const std::array<double, kLossSums>& sums);

}  // namespace pno::train
