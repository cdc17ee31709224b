#pragma once

// The results of `pno eval` as a table, as JSON, and as a CSV with a line for each piece.

#include <string>
#include <vector>

#include "cli/program.h"
#include "corpus/dataset.h"
#include "eval/likelihood.h"

namespace pno::cli {

struct ModelLikelihood {
  std::string model;  // as the user named it
  int window = 0, stride = 0;
  std::string precision;
  eval::Likelihood likelihood;
  double seconds = 0;
};

// One model: a line for each kind of event. Several: a line for each model.
std::string likelihood_text(const std::vector<ModelLikelihood>& results);

Json likelihood_json(const ModelLikelihood& result, const std::string& dataset,
                     corpus::Split split);

// model,piece,composer,title,tokens,notes,music_seconds,nll,nll_grammar
std::string piece_csv(const std::vector<ModelLikelihood>& results, const corpus::Dataset& dataset);

}  // namespace pno::cli
