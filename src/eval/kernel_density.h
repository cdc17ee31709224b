#pragma once

// Two lists of distances compared as densities: kernel density estimates with Gaussian kernels, the
// bandwidth by Scott's rule (the standard deviation times n^(-1/5)).

#include <span>

namespace pno::eval {

struct DensityComparison {
  double overlap = 1;     // overlapping area, 0..1: the integral of min(p, q)
  double divergence = 0;  // KL(p || q) in nats, 0 or more
};

// `p` and `q` are not empty, their values finite and 0 or more. A distance is never negative, so
// the mass of kernels below 0 is reflected there. Densities are floored at 1e-9 of a cell of the
// grid, so that the divergence is finite. Lists without spread are points: two that are equal
// overlap wholly.
DensityComparison compare_densities(std::span<const float> p, std::span<const float> q);

}  // namespace pno::eval
