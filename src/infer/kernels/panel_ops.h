#pragma once

// The product with packed panels (infer/kernels/panels.h), in SIMD, on the calling thread: the
// matrix products of the engine in bf16 and int8. Does not allocate, lock or throw.

#include "infer/kernels/panel_product.h"

namespace pno::infer {

void multiply_panels(const PanelProduct& product);

}  // namespace pno::infer
