#include "corpus/matching/pair_counts.h"

#include <algorithm>
#include <array>

#include "corpus/ordered_work.h"

namespace pno::corpus {
namespace {

constexpr int kPieceBits = 11;
constexpr std::size_t kMostPieces = std::size_t{1} << kPieceBits;
// Grams are sorted by their upper bits first: so many groups of about one size, each of which stays
// in the processor's cache.
constexpr int kGroupBits = 8;
constexpr std::size_t kGroups = std::size_t{1} << kGroupBits;

// A gram and a piece that has it, in the order of grams.
using Entry = std::uint64_t;
static_assert(kGramBits + kPieceBits <= 64);

Entry entry_of(Gram gram, std::size_t piece) {
  return gram << kPieceBits | piece;
}
Gram gram_of(Entry entry) {
  return entry >> kPieceBits;
}
std::size_t piece_of(Entry entry) {
  return entry % kMostPieces;
}

}  // namespace

struct PairCounts::Thread {
  std::array<std::vector<Entry>, kGroups> groups;  // of the pieces that it read
  std::vector<Entry> group;                        // of all threads
  std::vector<std::uint32_t> grams, shared;
  GramReader reader;

  void read(const MusicPiece& piece, std::size_t position) {
    for (const Gram gram : reader.read_unsorted(piece.onsets)) {
      groups[gram >> (kGramBits - kGroupBits)].push_back(entry_of(gram, position));
    }
  }

  void count(std::span<const Entry> entries_of_gram) {
    for (std::size_t second = 0; second < entries_of_gram.size(); ++second) {
      const std::size_t piece = piece_of(entries_of_gram[second]);
      ++grams[piece];
      for (std::size_t first = 0; first < second; ++first) {
        ++shared[place_of(piece_of(entries_of_gram[first]), piece)];
      }
    }
  }

  void count_group() {
    std::sort(group.begin(), group.end());
    group.erase(std::unique(group.begin(), group.end()), group.end());
    for (std::size_t first = 0; first < group.size();) {
      std::size_t end = first + 1;
      while (end < group.size() && gram_of(group[end]) == gram_of(group[first])) ++end;
      count(std::span(group).subspan(first, end - first));
      first = end;
    }
  }
};

bool PairCounts::can_hold(const MusicList& list, const OverlapOptions& options) {
  std::size_t notes = 0;
  for (const auto& piece : list) notes += piece.onsets.pitch.size();
  return list.size() <= kMostPieces && notes <= options.grams_in_memory;
}

void PairCounts::add(const Thread& thread) {
  for (std::size_t i = 0; i < grams_.size(); ++i) grams_[i] += thread.grams[i];
  for (std::size_t i = 0; i < shared_.size(); ++i) shared_[i] += thread.shared[i];
}

Expected<PairCounts> PairCounts::of(const MusicList& list, const OverlapOptions& options,
                                    const ProgressFunction& progress) {
  constexpr std::size_t kPiecesOfJob = 8;
  const auto jobs = (list.size() + kPiecesOfJob - 1) / kPiecesOfJob;
  const auto none = [](int) { return std::int64_t{0}; };
  std::vector<Thread> threads(static_cast<std::size_t>(options.threads));
  PairCounts counts;
  counts.grams_.resize(list.size());
  counts.shared_.resize(list.empty() ? 0 : place_of(0, list.size()));
  for (auto& thread : threads) {
    thread.grams.resize(counts.grams_.size());
    thread.shared.resize(counts.shared_.size());
  }
  const auto steps = static_cast<std::int64_t>(jobs + kGroups);
  const auto tell = [&](std::size_t step) {
    if (progress) progress(static_cast<std::int64_t>(step) + 1, steps);
    return true;
  };
  const auto read = [&](std::size_t job, int thread) {
    const std::size_t end = std::min((job + 1) * kPiecesOfJob, list.size());
    for (std::size_t piece = job * kPiecesOfJob; piece < end; ++piece) {
      threads[static_cast<std::size_t>(thread)].read(list[piece], piece);
    }
    return 0;
  };
  const auto count = [&](std::size_t number, int thread) {
    Thread& own = threads[static_cast<std::size_t>(thread)];
    own.group.clear();
    for (const auto& other : threads) {
      const auto& part = other.groups[number];
      own.group.insert(own.group.end(), part.begin(), part.end());
    }
    own.count_group();
    return 0;
  };
  if (!work_in_order(jobs, options.threads, {}, read, none,
                     [&](std::size_t job, int) { return tell(job); }) ||
      !work_in_order(kGroups, options.threads, {}, count, none,
                     [&](std::size_t group, int) { return tell(jobs + group); })) {
    return fail_interrupted("interrupted while pieces were compared");
  }
  for (const auto& thread : threads) counts.add(thread);
  return counts;
}

}  // namespace pno::corpus
