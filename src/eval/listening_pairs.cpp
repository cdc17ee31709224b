#include "eval/listening_pairs.h"

#include <algorithm>

#include "base/random.h"

namespace pno::eval {
namespace {

constexpr std::uint64_t kStream = 0x70616972;

template <class T>
void shuffle_pairs(std::vector<T>& values, RandomStream& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace

std::vector<ListeningPair> draw_listening_pairs(const std::vector<ListeningSystem>& systems,
                                                std::size_t count, std::uint64_t seed) {
  RandomStream random(seed, kStream);
  std::vector<ListeningPair> all;
  for (std::size_t a = 0; a < systems.size(); ++a) {
    for (std::size_t b = a + 1; b < systems.size(); ++b) all.push_back({{a, 0}, {b, 0}});
  }
  shuffle_pairs(all, random);  // if `count` is not a multiple, which ones have one more
  // The pieces of a system are taken in turn, each as often as the others.
  std::vector<std::vector<std::size_t>> orders;
  std::vector<std::size_t> turns(systems.size(), 0);
  for (const auto& system : systems) {
    auto& order = orders.emplace_back(system.pieces.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    shuffle_pairs(order, random);
  }
  const auto next = [&](std::size_t system) {
    return orders[system][turns[system]++ % orders[system].size()];
  };

  std::vector<ListeningPair> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    auto pair = all[i % all.size()];
    pair.first.piece = next(pair.first.system);
    const auto& name = systems[pair.first.system].pieces[pair.first.piece];
    const auto& others = systems[pair.second.system].pieces;
    const auto same = std::ranges::find(others, name);
    pair.second.piece = same != others.end() ? static_cast<std::size_t>(same - others.begin())
                                             : next(pair.second.system);
    if (random.below(2) == 1) std::swap(pair.first, pair.second);
    pairs.push_back(pair);
  }
  shuffle_pairs(pairs, random);
  return pairs;
}

}  // namespace pno::eval
