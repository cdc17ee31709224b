#include "eval/originality.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

#include "base/interrupt.h"
#include "corpus/ordered_work.h"

namespace pno::eval {
namespace {

PieceOriginality originality_of(Notes notes, const TripleIndex& training) {
  const auto onsets = onset_columns(notes);
  PieceOriginality piece{.windows = window_similarities(onsets, training),
                         .copied = longest_copied_passage(onsets, training)};
  const auto& windows = piece.windows;
  if (!windows.empty()) {
    piece.similarity =
        std::reduce(windows.begin(), windows.end()) / static_cast<double>(windows.size());
  }
  return piece;
}

int thread_count(int wanted, std::size_t pieces) {
  const auto cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  return std::clamp(wanted > 0 ? wanted : cores, 1,
                    static_cast<int>(std::max<std::size_t>(pieces, 1)));
}

}  // namespace

Expected<SetOriginality> originality(std::span<const std::vector<events::PlainNote>> pieces,
                                     std::span<const std::size_t> groups,
                                     const TripleIndex& training, const OriginalityOptions& options,
                                     const ProgressFunction& progress) {
  SetOriginality result;
  const bool is_done = corpus::work_in_order(
      pieces.size(), thread_count(options.threads, pieces.size()), {},
      [&](std::size_t piece, int) { return originality_of(pieces[piece], training); },
      [](const PieceOriginality&) { return std::int64_t{1}; },
      [&](std::size_t piece, PieceOriginality&& one) {
        result.pieces.push_back(std::move(one));
        if (progress) {
          progress(static_cast<std::int64_t>(piece) + 1, static_cast<std::int64_t>(pieces.size()));
        }
        return true;
      });
  if (!is_done) return fail_interrupted("interrupted while comparing with the training set");
  std::vector<double> similarities, copied;
  for (const auto& piece : result.pieces) {
    similarities.push_back(piece.similarity);
    copied.push_back(static_cast<double>(piece.copied.notes));
  }
  result.similarity = mean_interval(similarities, groups, options.resamples, options.seed);
  result.copied_notes = mean_interval(copied, groups, options.resamples, options.seed);
  return result;
}

}  // namespace pno::eval
