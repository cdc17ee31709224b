#pragma once

// How fast this machine reads memory that it has read before: the floor under a token's time.

#include <cstddef>

namespace pno::bench {

// Bytes per second of `threads` threads that read a buffer of `size_bytes` again and again, each a
// part of its own: the best of several passes. Small buffers stay in a cache, as the weights of a
// small model do.
double read_rate(std::size_t size_bytes, int threads);

}  // namespace pno::bench
