#include "train/run/run_vocabulary.h"

#include "corpus/examples/composer_names.h"

namespace pno::train {

Expected<events::StoredVocabulary> vocabulary_of(const TrainConfig& config,
                                                 std::span<const corpus::Dataset> datasets) {
  PNO_TRY(const auto events, config.events());
  if (!config.has_roles()) return events::StoredVocabulary{events};
  std::vector<const corpus::Dataset*> all;
  for (const auto& dataset : datasets) all.push_back(&dataset);
  return events::with_roles(events, corpus::frequent_composers(all));
}

}  // namespace pno::train
