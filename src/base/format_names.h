#pragma once

// The value of "format" in the metadata of pno's safetensors files: it tells a model from a dataset
// and from the files of other programs.

#include <string_view>

namespace pno {

inline constexpr std::string_view kModelFormat = "pno.model";
inline constexpr std::string_view kDatasetFormat = "pno.notes";

}  // namespace pno
