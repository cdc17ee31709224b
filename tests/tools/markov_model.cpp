#include "tools/markov_model.h"

#include <algorithm>

#include "base/error.h"

namespace pno::tools {
namespace {

constexpr int kBits = 10;  // of an event in a key
constexpr std::uint64_t kEventMask = (1U << kBits) - 1;

std::uint64_t key_of(std::span<const events::Token> events) {
  std::uint64_t key = 0;
  for (const auto event : events) key = key << kBits | static_cast<std::uint64_t>(event);
  return key;
}

}  // namespace

MarkovModel::MarkovModel(int order, std::size_t vocabulary_size)
    : order_(order),
      vocabulary_size_(vocabulary_size),
      by_length_(static_cast<std::size_t>(order) + 1) {
  PNO_CHECK(order >= 0 && order <= kMostOrder, "a key has 64 bits");
  PNO_CHECK(vocabulary_size <= kEventMask + 1, "an event has kBits bits in a key");
}

void MarkovModel::add(std::span<const events::Token> tokens) {
  piece_begins_.push_back(tokens_.size());
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
}

void MarkovModel::finish() {
  piece_begins_.push_back(tokens_.size());
  for (std::size_t length = 0; length < by_length_.size(); ++length) {
    auto& [keys, counts] = by_length_[length];
    for (std::size_t piece = 0; piece + 1 < piece_begins_.size(); ++piece) {
      const auto begin = piece_begins_[piece];
      const auto tokens = std::span(tokens_).subspan(begin, piece_begins_[piece + 1] - begin);
      for (std::size_t at = length; at < tokens.size(); ++at) {
        keys.push_back(key_of(tokens.subspan(at - length, length + 1)));
      }
    }
    std::ranges::sort(keys);
    std::size_t kept = 0;
    for (const auto key : keys) {
      if (kept == 0 || key != keys[kept - 1]) {
        keys[kept++] = key;
        counts.push_back(0);
      }
      ++counts.back();
    }
    keys.resize(kept);
    keys.shrink_to_fit();
  }
  tokens_ = {};
}

MarkovModel::Followers MarkovModel::followers(std::span<const events::Token> context) const {
  const auto& [keys, counts] = by_length_[context.size()];
  const std::uint64_t first_key = key_of(context) << kBits;
  const auto first = std::ranges::lower_bound(keys, first_key);
  auto last = first;
  while (last != keys.end() && *last <= (first_key | kEventMask)) ++last;
  const auto begin = static_cast<std::size_t>(first - keys.begin());
  const auto count = static_cast<std::size_t>(last - first);
  Followers found{.keys = std::span(keys).subspan(begin, count),
                  .counts = std::span(counts).subspan(begin, count)};
  for (const auto times : found.counts) found.total += times;
  return found;
}

double MarkovModel::probability(std::span<const events::Token> before, events::Token next) const {
  double p = 1 / static_cast<double>(vocabulary_size_);
  const auto longest = std::min(before.size(), static_cast<std::size_t>(order_));
  for (std::size_t length = 0; length <= longest; ++length) {
    const auto found = followers(before.last(length));
    if (found.keys.empty()) break;
    const auto types = static_cast<double>(found.keys.size());
    const auto key = key_of(before.last(length)) << kBits | static_cast<std::uint64_t>(next);
    const auto at = std::ranges::lower_bound(found.keys, key);
    const bool is_seen = at != found.keys.end() && *at == key;
    const double times =
        is_seen ? found.counts[static_cast<std::size_t>(at - found.keys.begin())] : 0.0;
    p = (times + types * p) / (found.total + types);
  }
  return p;
}

std::vector<double> MarkovModel::probabilities(std::span<const events::Token> before) const {
  std::vector<double> p(vocabulary_size_, 1 / static_cast<double>(vocabulary_size_));
  const auto longest = std::min(before.size(), static_cast<std::size_t>(order_));
  for (std::size_t length = 0; length <= longest; ++length) {
    const auto found = followers(before.last(length));
    if (found.keys.empty()) break;
    const auto types = static_cast<double>(found.keys.size());
    for (auto& each : p) each *= types / (found.total + types);
    for (std::size_t i = 0; i < found.keys.size(); ++i) {
      p[found.keys[i] & kEventMask] += found.counts[i] / (found.total + types);
    }
  }
  return p;
}

}  // namespace pno::tools
