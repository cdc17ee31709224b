#pragma once

// The results of `pno eval --task` as a table and as JSON.

#include <string>
#include <vector>

#include "cli/program.h"
#include "eval/task_likelihood.h"

namespace pno::cli {

struct ModelTaskScores {
  std::string model;  // as the user named it
  std::string precision;
  std::vector<eval::TaskScore> scores;
  double seconds = 0;
};

std::string task_text(const std::vector<ModelTaskScores>& results);

Json task_json(const ModelTaskScores& result, const std::string& dataset, corpus::Split split);

}  // namespace pno::cli
