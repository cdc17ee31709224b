#pragma once

// Learning rate factors of the parameters: the fields `freeze` and `layer_rates`.
//
// Both are lists of groups, separated by commas. A group is the beginning of the names in
// model/parameters.h, in full words between dots: "embedding", "output", "layers.3",
// "layers.0.qkv". A word may be a range of layers, "layers.0-2", or a star,
// "layers.*.relative_keys".
//
//   freeze       embedding,layers.0-2            these groups keep their values
//   layer_rates  layers.3-5=0.3,output=2         factor of the learning rate of each group; if
//                                                several groups contain a parameter, the last
//                                                counts

#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/parameters.h"

namespace pno::train {

// The factor of the learning rate of each parameter of the list; 0 if it is frozen. Returns a usage
// error if a group matches no parameter, if a factor is not a number from 0 to 1000, or if no
// parameter would learn.
Expected<std::vector<double>> rate_factors(const std::vector<model::Parameter>& list,
                                           std::string_view freeze, std::string_view layer_rates);

}  // namespace pno::train
