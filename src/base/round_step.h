#pragma once

// Steps of the axes of charts.

namespace pno {

// The least of 1, 2 and 5 times a power of ten that is not below `least`, which is > 0 and finite.
double round_step(double least);

}  // namespace pno
