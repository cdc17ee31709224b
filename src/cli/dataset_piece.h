#pragma once

// A piece of a dataset that a command names: by its number from 1 on, or by a part of its title,
// composer or file.

#include <cstddef>
#include <string>

#include "base/error.h"
#include "corpus/dataset.h"
#include "midi/performance.h"

namespace pno::cli {

// `wanted` may be empty if the dataset has one piece. Returns an error if no piece is meant, or if
// several are; it lists some of them with their numbers.
Expected<std::size_t> find_piece(const corpus::Dataset& dataset, const std::string& wanted);

// The music of a piece, without pedals: the lengths include them.
midi::Performance piece_performance(const corpus::Dataset& dataset, std::size_t piece);

}  // namespace pno::cli
