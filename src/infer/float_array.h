#pragma once

// Floats aligned for any vector and not set to anything: pages that are never written, as those of
// a long context that a short piece never fills, take no memory.

#include <hwy/aligned_allocator.h>

#include <cstddef>
#include <new>

namespace pno::infer {

using FloatArray = hwy::AlignedFreeUniquePtr<float[]>;  // NOLINT(modernize-avoid-c-arrays)

inline FloatArray float_array(std::size_t size) {
  if (size == 0) return {};
  auto array = hwy::AllocateAligned<float>(size);
  if (array == nullptr) throw std::bad_alloc();
  return array;
}

}  // namespace pno::infer
