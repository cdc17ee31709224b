#include "infer/kernels/aligned_array.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace pno::infer {
namespace {

constexpr std::size_t kAlignment = 64;
// From this size on a mapping is cheaper than clearing memory that may never be used.
constexpr std::size_t kMinMappedBytes = 1 << 16;

}  // namespace

void AlignedDeleter::operator()(void* memory) const {
  if (mapped_bytes > 0) {
    ::munmap(memory, mapped_bytes);
  } else {
    ::operator delete(memory, std::align_val_t(kAlignment));
  }
}

std::unique_ptr<void, AlignedDeleter> aligned_bytes(std::size_t size_bytes) {
  if (size_bytes == 0) return {};
  if (size_bytes < kMinMappedBytes) {
    void* memory = ::operator new(size_bytes, std::align_val_t(kAlignment));
    std::memset(memory, 0, size_bytes);
    return {memory, {}};
  }
  void* memory =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  ::madvise(memory, size_bytes, MADV_HUGEPAGE);  // a hint: small pages work, too
#endif
  return {memory, {size_bytes}};
}

}  // namespace pno::infer
