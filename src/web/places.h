#pragma once

// A limited number of places for work that is done on the thread of its connection.

#include <atomic>
#include <optional>

namespace pno::web {

class Places {
 public:
  explicit Places(int most) : free_(most) {}

  // Frees its place at the end of its scope.
  class Place {
   public:
    explicit Place(std::atomic<int>& free) : free_(&free) {}
    Place(Place&& other) noexcept : free_(other.free_) { other.free_ = nullptr; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (free_ != nullptr) ++*free_;
    }

   private:
    std::atomic<int>* free_;
  };

  // Does not wait. Nothing if all places are taken.
  std::optional<Place> take() {
    if (--free_ >= 0) return Place(free_);
    ++free_;
    return std::nullopt;
  }

 private:
  std::atomic<int> free_;
};

}  // namespace pno::web
