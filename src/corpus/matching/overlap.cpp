#include "corpus/matching/overlap.h"

#include <algorithm>
#include <thread>

#include "corpus/matching/gram_block.h"
#include "corpus/matching/pair_counts.h"
#include "corpus/ordered_work.h"

namespace pno::corpus {
namespace {

std::size_t notes_of_all(const MusicList& list) {
  std::size_t notes = 0;
  for (const auto& piece : list) notes += piece.onsets.pitch.size();
  return notes;
}

// Where the blocks of a list end that have at most `grams` grams each, or one piece.
std::vector<std::size_t> ends_of_blocks(const MusicList& list, std::size_t grams) {
  std::vector<std::size_t> ends;
  std::size_t notes = 0;  // of the block, which has at most as many grams
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t more = list[i].onsets.pitch.size();
    if (notes > 0 && notes + more > grams) {
      ends.push_back(i);
      notes = 0;
    }
    notes += more;
  }
  if (!list.empty()) ends.push_back(list.size());
  return ends;
}

OverlapOptions with_threads(OverlapOptions options, const MusicList& list) {
  const auto cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  const int wanted = options.threads > 0 ? options.threads : cores;
  options.threads = std::clamp(static_cast<int>(list.size()), 1, wanted);
  return options;
}

// One pair of pieces, as find_overlap() calls it.
struct SharedGrams {
  std::size_t grams = 0;    // shared
  std::size_t smaller = 0;  // grams of the smaller set, > 0

  double share() const { return static_cast<double>(grams) / static_cast<double>(smaller); }
  bool is_match(double threshold) const { return share() >= needed_share(smaller, threshold); }
  void add_to(ShareCounts& shares) const {
    if (smaller >= kFewGrams) ++shares[grams * (shares.size() - 1) / smaller];
  }
};

// The comparison of all pieces of one list with those of an indexed one.
struct Comparison {
  const MusicList& indexed;
  const MusicList& queries;
  bool is_within = false;   // both are one list: each pair once
  bool is_swapped = false;  // the indexed list is that of MusicMatch::b
  OverlapOptions options;
  const MatchFunction& on_match;
  const ProgressFunction& progress;

  struct Thread {
    GramBlock::Workspace workspace;
    GramReader reader;
    ShareCounts shares{};
  };

  // Of the piece at one position of `queries`, what it shares with the block.
  void compare(std::size_t position, const GramBlock& block, Thread& thread,
               std::vector<MusicMatch>& matches) const;
  Expected<ShareCounts> run() const;
};

void Comparison::compare(std::size_t position, const GramBlock& block, Thread& thread,
                         std::vector<MusicMatch>& matches) const {
  const auto& query = queries[position];
  const auto grams = thread.reader.read(query.onsets);
  const std::size_t before = matches.size();
  for (const auto& other : block.compare(grams, thread.workspace)) {
    if (is_within && other.position >= position) continue;
    const SharedGrams shared{.grams = other.grams, .smaller = other.smaller};
    shared.add_to(thread.shares);
    if (!shared.is_match(options.threshold)) continue;
    MusicMatch match{
        .a = indexed[other.position].number, .b = query.number, .share = shared.share()};
    if (is_swapped || (is_within && match.b < match.a)) std::swap(match.a, match.b);
    matches.push_back(match);
  }
  std::sort(matches.begin() + static_cast<std::ptrdiff_t>(before), matches.end(),
            [](const MusicMatch& x, const MusicMatch& y) {
              return std::pair(x.a, x.b) < std::pair(y.a, y.b);
            });
}

Expected<ShareCounts> Comparison::run() const {
  constexpr std::size_t kPiecesOfJob = 8;
  const auto ends = ends_of_blocks(indexed, options.grams_in_memory);
  std::vector<Thread> threads(static_cast<std::size_t>(options.threads));
  std::size_t begin = 0, done = 0;
  for (const std::size_t end : ends) {
    PNO_TRY(const auto block, GramBlock::of(indexed, begin, end, options));
    // Of pairs within a list, the later piece is compared with the earlier one.
    const std::size_t first = is_within ? begin : 0, pieces = queries.size() - first;
    for (auto& thread : threads) thread.workspace.counts.clear();
    const auto compare_some = [&](std::size_t job, int thread) {
      std::vector<MusicMatch> matches;
      for (std::size_t i = job * kPiecesOfJob; i < std::min((job + 1) * kPiecesOfJob, pieces);
           ++i) {
        compare(first + i, block, threads[static_cast<std::size_t>(thread)], matches);
      }
      return matches;
    };
    const bool all = work_in_order(
        (pieces + kPiecesOfJob - 1) / kPiecesOfJob, options.threads, {}, compare_some,
        [](const std::vector<MusicMatch>& matches) {
          return static_cast<std::int64_t>(matches.size());
        },
        [&](std::size_t job, std::vector<MusicMatch>&& matches) {
          for (const auto& match : matches) on_match(match);
          if (progress) {
            const std::size_t now = first + std::min((job + 1) * kPiecesOfJob, pieces);
            progress(static_cast<std::int64_t>(done + now),
                     static_cast<std::int64_t>(ends.size() * queries.size()));
          }
          return true;
        });
    if (!all) return fail_interrupted("interrupted while pieces were compared");
    begin = end;
    done += queries.size();
  }
  ShareCounts shares{};
  for (const auto& thread : threads) {
    for (std::size_t i = 0; i < shares.size(); ++i) shares[i] += thread.shares[i];
  }
  return shares;
}

Expected<ShareCounts> match_pairs(const MusicList& list, const OverlapOptions& options,
                                  const MatchFunction& on_match, const ProgressFunction& progress) {
  PNO_TRY(const auto counts, PairCounts::of(list, options, progress));
  ShareCounts shares{};
  for (std::size_t second = 1; second < list.size(); ++second) {
    for (std::size_t first = 0; first < second; ++first) {
      const SharedGrams shared{.grams = counts.shared(first, second),
                               .smaller = std::min(counts.grams(first), counts.grams(second))};
      if (shared.grams == 0) continue;
      shared.add_to(shares);
      if (!shared.is_match(options.threshold)) continue;
      const auto [a, b] = std::minmax(list[first].number, list[second].number);
      on_match({.a = a, .b = b, .share = shared.share()});
    }
  }
  return shares;
}

}  // namespace

Expected<ShareCounts> find_overlap(const MusicList& a, const MusicList& b,
                                   const OverlapOptions& options, const MatchFunction& on_match,
                                   const ProgressFunction& progress) {
  const bool is_swapped = notes_of_all(b) < notes_of_all(a);
  const MusicList& indexed = is_swapped ? b : a;
  const MusicList& queries = is_swapped ? a : b;
  return Comparison{.indexed = indexed,
                    .queries = queries,
                    .is_within = false,
                    .is_swapped = is_swapped,
                    .options = with_threads(options, queries),
                    .on_match = on_match,
                    .progress = progress}
      .run();
}

Expected<ShareCounts> find_overlap_within(const MusicList& list, const OverlapOptions& options,
                                          const MatchFunction& on_match,
                                          const ProgressFunction& progress) {
  if (PairCounts::can_hold(list, options)) {
    return match_pairs(list, with_threads(options, list), on_match, progress);
  }
  return Comparison{.indexed = list,
                    .queries = list,
                    .is_within = true,
                    .is_swapped = false,
                    .options = with_threads(options, list),
                    .on_match = on_match,
                    .progress = progress}
      .run();
}

}  // namespace pno::corpus
