#include "corpus/matching/gram_index.h"

#include <algorithm>
#include <bit>
#include <thread>
#include <tuple>

#include "base/error.h"

namespace pno::corpus {
namespace {

using Entry = GramIndex::Entry;

bool comes_before(const Entry& a, const Entry& b) {
  return std::tie(a.gram, a.piece) < std::tie(b.gram, b.piece);
}

void sort_on_threads(std::span<Entry> entries, int threads) {
  constexpr std::size_t kWorthAThread = 1 << 16;
  if (threads <= 1 || entries.size() < kWorthAThread) {
    std::sort(entries.begin(), entries.end(), comes_before);
    return;
  }
  const auto left = entries.first(entries.size() / 2);
  {
    const std::jthread other([=] { sort_on_threads(left, threads / 2); });
    sort_on_threads(entries.subspan(left.size()), threads - threads / 2);
  }
  std::inplace_merge(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(left.size()),
                     entries.end(), comes_before);
}

}  // namespace

GramIndex::GramIndex(std::vector<Entry> entries, int threads) : entries_(std::move(entries)) {
  PNO_CHECK(entries_.size() < UINT32_MAX, "more grams than an index holds");
  sort_on_threads(entries_, threads);
  const int bits = std::min(static_cast<int>(std::bit_width(entries_.size())), kGramBits);
  shift_ = kGramBits - bits;
  begins_.resize((std::size_t{1} << bits) + 1);
  std::size_t place = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::size_t next = entries_[i].gram >> shift_;
    while (place <= next) begins_[place++] = static_cast<std::uint32_t>(i);
  }
  while (place < begins_.size()) begins_[place++] = static_cast<std::uint32_t>(entries_.size());
}

std::span<const Entry> GramIndex::find(Gram gram) const {
  const std::size_t place = gram >> shift_;
  const auto end = entries_.begin() + begins_[place + 1];
  const auto first =
      std::lower_bound(entries_.begin() + begins_[place], end, gram,
                       [](const Entry& entry, Gram value) { return entry.gram < value; });
  return {first, std::upper_bound(first, end, gram, [](Gram value, const Entry& entry) {
            return value < entry.gram;
          })};
}

}  // namespace pno::corpus
