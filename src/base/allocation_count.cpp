#include "base/allocation_count.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::int64_t> count{0};
std::atomic<std::size_t> largest{0};

void* take(std::size_t size) noexcept {
  ++count;
  auto before = largest.load();
  while (before < size && !largest.compare_exchange_weak(before, size)) {
  }
  return std::malloc(std::max<std::size_t>(size, 1));
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = take(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return take(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace pno {

std::int64_t allocation_count() {
  return count.load();
}

std::size_t largest_allocation_bytes() {
  return largest.load();
}

void forget_largest_allocation() {
  largest = 0;
}

}  // namespace pno
