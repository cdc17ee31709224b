#pragma once

// A dataset put together piece by piece, in 14 bytes a note and no more while it grows. All
// datasets are written here, and nothing that Dataset::open() refuses.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>
#include <span>
#include <type_traits>

#include "corpus/dataset.h"

namespace pno::corpus {

// Values one after the other, in memory that grows by realloc: the C library moves the pages of
// large blocks where a std::vector would hold two copies.
template <class T>
class Column {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Column() = default;
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;
  ~Column() { std::free(values_); }

  void push_back(T value) {
    if (size_ == capacity_) grow();
    values_[size_++] = value;
  }
  void shrink_to(std::size_t size) { size_ = std::min(size, size_); }
  std::span<const T> values() const { return {values_, size_}; }

 private:
  void grow() {
    constexpr std::size_t kFirst = 1024;
    const std::size_t capacity = capacity_ == 0 ? kFirst : capacity_ + capacity_ / 2;
    void* moved = std::realloc(values_, capacity * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    values_ = static_cast<T*>(moved);
    capacity_ = capacity;
  }

  T* values_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

class DatasetBuilder {
 public:
  DatasetBuilder() { piece_first_.push_back(0); }

  // Fails with a clause for notes that check_notes() (dataset_format.h) refuses; they are not
  // added.
  Expected<void> add(std::span<const events::PlainNote> notes);

  std::size_t pieces() const { return piece_first_.values().size() - 1; }

  // Writes what was added, aside and renamed; info(i) is asked for each piece once, in order, so
  // that no list of them is held. Fails where there are no pieces, and for a hash that is none.
  Expected<void> write(const std::filesystem::path& path,
                       const std::function<PieceInfo(std::size_t)>& info) const;

 private:
  Column<std::int64_t> start_us_, piece_first_;
  Column<std::uint32_t> length_us_;
  Column<std::uint8_t> pitch_, velocity_;
};

}  // namespace pno::corpus
