#pragma once

// Measures memory bandwidth, which gives a lower bound on the time of a token.

#include <cstddef>

namespace pno::bench {

// Bytes per second of `threads` threads that repeatedly read a buffer of `size_bytes`, each its own
// part: the best of several passes. Small buffers stay in a cache, like the weights of a small
// model.
double read_rate(std::size_t size_bytes, int threads);

}  // namespace pno::bench
