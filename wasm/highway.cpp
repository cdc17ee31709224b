// The part of Highway that is not in its headers, for a build with one SIMD target. Debian's
// package has it only as a library for the host processor.

#include <hwy/aligned_allocator.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace hwy {

// `alloc` and `release` are null: pno uses the system allocator.
void* AllocateAlignedBytes(std::size_t size, AllocPtr alloc, void* /*opaque*/) {
  PNO_CHECK(alloc == nullptr, "memory from elsewhere");
  const std::size_t blocks = std::max<std::size_t>((size + HWY_ALIGNMENT - 1) / HWY_ALIGNMENT, 1);
  return std::aligned_alloc(HWY_ALIGNMENT, blocks * HWY_ALIGNMENT);
}

void FreeAlignedBytes(const void* memory, FreePtr release, void* /*opaque*/) {
  PNO_CHECK(release == nullptr, "memory from elsewhere");
  std::free(const_cast<void*>(memory));
}

std::int64_t SupportedTargets() {
  return HWY_STATIC_TARGET;
}

void DisableTargets(std::int64_t /*disabled*/) {}

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

}  // namespace hwy
