#pragma once

// The products of infer/kernels/panels.h, in SIMD, for one thread: the engine's matrix work in bf16
// and int8. Scalar twins are in the tests beside.
//
// N positions, M rows of the panels, K numbers that each has

#include "infer/kernels/panel_product.h"

namespace pno::infer {

void multiply_panels(const PanelProduct& product);

}  // namespace pno::infer
