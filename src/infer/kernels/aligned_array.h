#pragma once

// Zeroed arrays, aligned for any vector. Large ones are mapped: pages that are never written use no
// memory (the end of a long context that a short piece never fills), and the kernel is asked for
// huge pages, since weights fill thousands of small ones (25 MB on a Xeon: 10 % faster to read).

#include <cstddef>
#include <memory>
#include <type_traits>

namespace pno::infer {

struct AlignedDeleter {
  std::size_t mapped_bytes = 0;  // 0: from the heap
  void operator()(void* memory) const;
};

// Throws std::bad_alloc.
std::unique_ptr<void, AlignedDeleter> aligned_bytes(std::size_t size_bytes);

template <class T>
class AlignedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size) : bytes_(aligned_bytes(size * sizeof(T))) {}

  T* get() { return static_cast<T*>(bytes_.get()); }
  const T* get() const { return static_cast<const T*>(bytes_.get()); }

 private:
  std::unique_ptr<void, AlignedDeleter> bytes_;
};

using FloatArray = AlignedArray<float>;

}  // namespace pno::infer
