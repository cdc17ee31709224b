#pragma once

// The error for a model whose logits are NaN or infinite.

#include <string_view>

#include "base/error.h"

namespace pno::model {

inline constexpr std::string_view kLogitsNotFinite =
    "the model's logits are not finite: its training diverged; train the model again";

inline tl::unexpected<Error> fail_not_finite() {
  return fail("{}", kLogitsNotFinite);
}

}  // namespace pno::model
