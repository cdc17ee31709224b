#include "eval/real_excerpts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/fields.h"
#include "base/random.h"

namespace pno::eval {
namespace {

constexpr std::uint64_t kWorkStream = 0x776f726b, kSlotStream = 0x736c6f74;
constexpr std::size_t kUnnumbered = SIZE_MAX;
constexpr std::size_t kFewestWorks = 4;  // two in each set

struct Slots {
  std::size_t piece = 0;
  std::vector<events::PlainNote> notes;
  std::vector<std::int64_t> from_us;  // of the excerpts that can be taken, in random order
};

template <class T>
void shuffle(std::vector<T>& values, RandomStream& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

Slots slots_of(const corpus::Dataset& dataset, std::size_t piece, std::int64_t length_us,
               std::uint64_t seed) {
  Slots slots{.piece = piece, .notes = dataset.music(piece), .from_us = {}};
  std::int64_t end_us = 0;
  for (const auto& note : slots.notes) end_us = std::max(end_us, note.start_us + note.length_us);
  const std::int64_t begin_us = slots.notes.front().start_us;
  std::int64_t from_us = begin_us;
  for (; from_us + length_us <= end_us; from_us += length_us) slots.from_us.push_back(from_us);
  const bool is_short_but_enough = slots.from_us.empty() && end_us - begin_us >= length_us / 2;
  if (is_short_but_enough) slots.from_us.push_back(begin_us);
  RandomStream random(seed, kSlotStream + piece);
  shuffle(slots.from_us, random);
  return slots;
}

// The pieces of the split by work, in an order that the seed draws.
std::vector<std::vector<std::size_t>> shuffled_works(const corpus::Dataset& dataset,
                                                     const RealChoice& choice) {
  std::map<std::string, std::vector<std::size_t>> by_name;
  for (const auto piece : dataset.split(choice.split)) {
    const auto& info = dataset.info(piece);
    by_name[info.title.empty() ? fmt::format("piece {}", piece)
                               : fmt::format("{}\n{}", info.composer, info.title)]
        .push_back(piece);
  }
  std::vector<std::vector<std::size_t>> works;
  for (auto& [name, pieces] : by_name) works.push_back(std::move(pieces));
  RandomStream random(choice.seed, kWorkStream);
  shuffle(works, random);
  return works;
}

// Every other work, from `first` on.
std::vector<RealExcerpt> excerpts_of(const corpus::Dataset& dataset, const RealChoice& choice,
                                     const std::vector<std::vector<std::size_t>>& works,
                                     std::size_t first) {
  const auto length_us = std::llround(choice.seconds * 1e6);
  struct Work {
    std::vector<Slots> pieces;
    std::size_t number = kUnnumbered;
    std::size_t turns = 0;
  };
  std::vector<Work> own;
  for (auto i = first; i < works.size(); i += 2) {
    auto& work = own.emplace_back();
    for (const auto piece : works[i]) {
      work.pieces.push_back(slots_of(dataset, piece, length_us, choice.seed));
    }
  }
  std::vector<RealExcerpt> excerpts;
  std::size_t numbered = 0;
  for (bool any_left = true; any_left && excerpts.size() < choice.count;) {
    any_left = false;
    for (auto& work : own) {
      if (excerpts.size() == choice.count) break;
      for (std::size_t tried = 0; tried < work.pieces.size(); ++tried) {
        auto& slots = work.pieces[work.turns++ % work.pieces.size()];
        if (slots.from_us.empty()) continue;
        if (work.number == kUnnumbered) work.number = numbered++;
        const std::int64_t from_us = slots.from_us.back();
        slots.from_us.pop_back();
        excerpts.push_back({.piece = slots.piece,
                            .work = work.number,
                            .from_us = from_us,
                            .excerpt = excerpt_of(slots.notes, from_us, length_us)});
        any_left = true;
        break;
      }
    }
  }
  return excerpts;
}

bool has_two_works(const std::vector<RealExcerpt>& excerpts) {
  return std::ranges::any_of(excerpts, [](const RealExcerpt& each) { return each.work > 0; });
}

}  // namespace

Expected<RealSets> choose_real_excerpts(const corpus::Dataset& dataset, const RealChoice& choice) {
  const auto works = shuffled_works(dataset, choice);
  RealSets sets{.reference = excerpts_of(dataset, choice, works, 0),
                .real = excerpts_of(dataset, choice, works, 1)};
  if (has_two_works(sets.reference) && has_two_works(sets.real)) return sets;
  return fail(
      "{}: has too little music in its {} split to compare with: {} works, where {} with {:g} s or "
      "more are needed; choose another split or dataset, or a shorter excerpt",
      dataset.name(), enum_name(choice.split), works.size(), kFewestWorks, choice.seconds / 2);
}

}  // namespace pno::eval
