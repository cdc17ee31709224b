#pragma once

// Which parameters learn, and how fast: the fields `freeze` and `layer_rates`.
//
// Both name groups of parameters by the beginnings of the names in model/parameters.h, word by word
// between the dots: "embedding", "output", "layers.3", "layers.0.qkv". A word may be a range of
// layers, "layers.0-2", or any, "layers.*.relative_keys". Commas part the groups.
//
//   freeze       embedding,layers.0-2            these keep their values
//   layer_rates  layers.3-5=0.3,output=2         these learn at that times the learning rate; where
//                                                several name a parameter, the last holds

#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/parameters.h"

namespace pno::train {

// For each parameter of the list, by what its learning rate is multiplied: 0 where it is frozen.
// Fails, as a wrong call, for a group that names no parameter, a factor that is no number from 0 to
// 1000, and where nothing is left to learn.
Expected<std::vector<double>> rate_factors(const std::vector<model::Parameter>& list,
                                           std::string_view freeze, std::string_view layer_rates);

}  // namespace pno::train
