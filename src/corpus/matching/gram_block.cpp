#include "corpus/matching/gram_block.h"

#include <algorithm>

#include "corpus/ordered_work.h"

namespace pno::corpus {
namespace {

// The grams of a few successive pieces.
struct GramLot {
  std::vector<GramIndex::Entry> entries;
  std::vector<std::uint32_t> sizes;
};

}  // namespace

double needed_share(std::size_t smaller, double threshold) {
  return smaller < kFewGrams ? std::max(threshold, kFewGramsShare) : threshold;
}

Expected<GramBlock> GramBlock::of(const MusicList& list, std::size_t first, std::size_t end,
                                  const OverlapOptions& options) {
  constexpr std::size_t kPiecesOfLot = 16;
  const std::size_t pieces = end - first, lots = (pieces + kPiecesOfLot - 1) / kPiecesOfLot;
  std::vector<GramReader> readers(static_cast<std::size_t>(options.threads));
  std::vector<GramIndex::Entry> entries;
  std::vector<std::uint32_t> sizes;
  sizes.reserve(pieces);
  const auto read_lot = [&](std::size_t lot, int thread) {
    GramLot read;
    const std::size_t begin = lot * kPiecesOfLot;
    for (std::size_t piece = begin; piece < std::min(begin + kPiecesOfLot, pieces); ++piece) {
      const auto grams = readers[static_cast<std::size_t>(thread)].read(list[first + piece].onsets);
      for (const Gram gram : grams) {
        read.entries.push_back({gram, static_cast<std::uint32_t>(piece)});
      }
      read.sizes.push_back(static_cast<std::uint32_t>(grams.size()));
    }
    return read;
  };
  const auto weigh = [](const GramLot& lot) {
    return static_cast<std::int64_t>(lot.entries.size());
  };
  const bool done =
      work_in_order(lots, options.threads, {}, read_lot, weigh, [&](std::size_t, GramLot&& lot) {
        entries.insert(entries.end(), lot.entries.begin(), lot.entries.end());
        sizes.insert(sizes.end(), lot.sizes.begin(), lot.sizes.end());
        return true;
      });
  if (!done) return fail_interrupted("interrupted");
  return GramBlock(list, first, GramIndex(std::move(entries), options.threads), std::move(sizes),
                   options);
}

GramBlock::GramBlock(const MusicList& list, std::size_t first, GramIndex index,
                     std::vector<std::uint32_t> sizes, const OverlapOptions& options)
    : list_(&list),
      first_(first),
      index_(std::move(index)),
      sizes_(std::move(sizes)),
      common_(sizes_.size()),
      threshold_(options.threshold),
      common_pieces_(options.common_gram_pieces) {
  set_common_aside();
}

bool GramBlock::is_heavy(std::size_t common, std::size_t size) const {
  return common > 0 && static_cast<double>(common) >= threshold_ * static_cast<double>(size);
}

// Of a common gram, the entries of heavy pieces come first.
void GramBlock::set_common_aside() {
  index_.visit_grams([&](std::span<GramIndex::Entry> entries) {
    if (entries.size() <= common_pieces_) return;
    for (const auto& entry : entries) ++common_[entry.piece];
  });
  index_.visit_grams([&](std::span<GramIndex::Entry> entries) {
    if (entries.size() <= common_pieces_) return;
    std::stable_partition(entries.begin(), entries.end(), [&](const GramIndex::Entry& entry) {
      return is_heavy(common_[entry.piece], sizes_[entry.piece]);
    });
  });
}

void GramBlock::count(std::span<const GramIndex::Entry> entries, Workspace& workspace) const {
  for (const auto& entry : entries) {
    if (workspace.counts[entry.piece]++ == 0) workspace.touched.push_back(entry.piece);
  }
}

std::size_t GramBlock::count_again(std::span<const Gram> grams, std::size_t piece,
                                   GramReader& reader) const {
  const auto others = reader.read((*list_)[first_ + piece].onsets);
  std::size_t shared = 0;
  auto other = others.begin();
  for (const Gram gram : grams) {
    while (other != others.end() && *other < gram) ++other;
    if (other == others.end()) break;
    if (*other == gram) ++shared;
  }
  return shared;
}

std::span<const GramBlock::Shared> GramBlock::compare(std::span<const Gram> grams,
                                                      Workspace& workspace) const {
  workspace.counts.resize(sizes_.size());
  workspace.touched.clear();
  workspace.common.clear();
  workspace.shared.clear();
  for (const Gram gram : grams) {
    const auto entries = index_.find(gram);
    if (entries.size() <= common_pieces_) {
      count(entries, workspace);
    } else {
      workspace.common.push_back(entries);
    }
  }
  const std::size_t common = workspace.common.size();
  const bool all_is_heavy = is_heavy(common, grams.size());
  for (auto entries : workspace.common) {
    if (!all_is_heavy) {
      const auto light = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
        return !is_heavy(common_[entry.piece], sizes_[entry.piece]);
      });
      entries = {entries.begin(), light};
    }
    count(entries, workspace);
  }
  for (const std::uint32_t piece : workspace.touched) {
    Shared shared{.position = first_ + piece,
                  .grams = workspace.counts[piece],
                  .smaller = std::min<std::size_t>(sizes_[piece], grams.size())};
    workspace.counts[piece] = 0;
    const bool is_whole = all_is_heavy || is_heavy(common_[piece], sizes_[piece]);
    const std::size_t missing = is_whole ? 0 : std::min<std::size_t>(common, common_[piece]);
    const double needed = needed_share(shared.smaller, threshold_);
    if (missing > 0 && static_cast<double>(shared.grams + missing) >=
                           needed * static_cast<double>(shared.smaller)) {
      shared.grams = count_again(grams, piece, workspace.reader);
    }
    workspace.shared.push_back(shared);
  }
  return workspace.shared;
}

}  // namespace pno::corpus
