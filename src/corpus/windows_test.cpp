#include "corpus/windows.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>

#include "events/encode.h"
#include "events/random_music.h"

namespace pno::corpus {
namespace {

using events::kPerformance;
using events::Token;
using testing::IsEmpty;

// Validation pieces of some hundred, of three and of ten notes, and one of another split.
class Windows : public testing::Test {
 protected:
  void SetUp() override {
    const auto path =
        std::filesystem::path(testing::TempDir()) / fmt::format("pno-{}-windows.notes", ::getpid());
    std::vector<Piece> pieces;
    for (const std::size_t count : {300U, 3U, 10U, 50U}) {
      auto notes = events::random_notes(count, count);
      auto hash = content_hash(notes);
      pieces.push_back(
          {{.hash = std::move(hash), .split = count == 50U ? Split::train : Split::validation},
           std::move(notes)});
    }
    ASSERT_TRUE(write_dataset(path, pieces));
    dataset_ = std::move(*Dataset::open(path));
    std::filesystem::remove(path);
  }

  const Dataset& dataset() const { return *dataset_; }

  std::vector<Window> windows(int context, std::size_t max_windows = 0) const {
    return validation_windows(dataset(), kPerformance, {.tokens = context, .sample = max_windows});
  }

  std::optional<Dataset> dataset_;
};

bool same(const Window& a, const Window& b) {
  return a.piece == b.piece && a.tokens == b.tokens;
}

TEST_F(Windows, EveryTokenButBosIsATargetOnce) {
  for (const int context : {1, 2, 7, 64, 100'000}) {
    std::map<std::size_t, std::vector<Token>> targets;  // by piece, in order
    for (const auto& window : windows(context)) {
      ASSERT_GE(window.tokens.size(), 2U);
      ASSERT_LE(window.tokens.size(), static_cast<std::size_t>(context) + 1);
      auto& of_piece = targets[window.piece];
      const auto before = of_piece.empty() ? kPerformance.bos() : of_piece.back();
      EXPECT_EQ(window.tokens.front(), before);  // the first input is the target before it
      of_piece.insert(of_piece.end(), window.tokens.begin() + 1, window.tokens.end());
    }
    ASSERT_EQ(targets.size(), 3U);
    for (const std::size_t piece : dataset().split(Split::validation)) {
      std::vector<events::PlainNote> notes;
      dataset().gather(piece, 0, dataset().notes_of(piece), notes);
      auto tokens = events::encode(notes, kPerformance);
      tokens.erase(tokens.begin());
      EXPECT_EQ(targets[piece], tokens) << "context " << context;
    }
  }
}

// A window in the middle of a piece begins with NOTE_OFFs of notes from before it.
TEST_F(Windows, TheGrammarOfThePieceAllowsEveryTarget) {
  int offs_of_earlier_notes = 0;
  for (const int context : {1, 7, 64}) {
    for (auto& window : windows(context)) {
      events::Grammar from_here(kPerformance);
      for (std::size_t i = 0; i < window.tokens.size(); ++i) {
        const auto token = window.tokens[i];
        if (i > 0) {
          ASSERT_EQ(window.before.fault_of(token), events::Fault::none);
          offs_of_earlier_notes += from_here.fault_of(token) == events::Fault::stray_note_off;
        }
        window.before.read(token);
        from_here.read(token);
      }
    }
  }
  EXPECT_GT(offs_of_earlier_notes, 0);
}

TEST_F(Windows, WithAStrideEveryTargetCountsOnceWithMoreContext) {
  for (const auto& [tokens, stride] : {std::pair{64, 16}, {10, 3}, {7, 7}, {100'000, 5}}) {
    std::map<std::size_t, std::vector<Token>> counted;  // by piece, in order
    for (const auto& window :
         validation_windows(dataset(), kPerformance, {.tokens = tokens, .stride = stride})) {
      ASSERT_GE(window.counted, 1U);
      ASSERT_LT(window.counted, window.tokens.size());
      auto& of_piece = counted[window.piece];
      if (!of_piece.empty()) {
        ASSERT_LE(window.counted, static_cast<std::size_t>(stride));
      }
      of_piece.insert(of_piece.end(),
                      window.tokens.end() - static_cast<std::ptrdiff_t>(window.counted),
                      window.tokens.end());
      events::Grammar grammar = window.before;
      for (const auto token : window.tokens) {
        if (token != kPerformance.bos()) {
          ASSERT_EQ(grammar.fault_of(token), events::Fault::none);
        }
        grammar.read(token);
      }
    }
    for (const auto& window : windows(100'000)) {
      EXPECT_EQ(counted[window.piece], std::vector(window.tokens.begin() + 1, window.tokens.end()));
    }
  }
}

// docs/design.md section 8: the seed's length limits lost another fifth of the tokens.
TEST_F(Windows, KeepTheRemainder) {
  constexpr int kContext = 64;
  const auto all = windows(kContext);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const bool last_of_piece = all[i].piece != all[i + 1].piece;
    if (last_of_piece) {
      EXPECT_EQ(all[i].tokens.back(), kPerformance.eos());
    } else {
      EXPECT_EQ(all[i].tokens.size(), kContext + 1U);
    }
  }
  EXPECT_EQ(all.back().tokens.back(), kPerformance.eos());
}

TEST_F(Windows, AreOfTheAskedSplitInTheOrderOfItsPieces) {
  std::vector<std::size_t> pieces;
  for (const auto& window : windows(16)) {
    if (pieces.empty() || pieces.back() != window.piece) pieces.push_back(window.piece);
  }
  EXPECT_EQ(pieces, dataset().split(Split::validation));
  EXPECT_THAT(validation_windows(dataset(), kPerformance, {.split = Split::test, .tokens = 16}),
              IsEmpty());
}

TEST_F(Windows, SomeOfThemAreSpreadEvenlyAndTheSameEveryTime) {
  const auto all = windows(8);
  for (const std::size_t count : {std::size_t{1}, std::size_t{5}, all.size() - 1}) {
    const auto some = windows(8, count), again = windows(8, count);
    ASSERT_EQ(some.size(), count);
    auto from = all.begin();
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(same(some[i], again[i]));
      from = std::find_if(from, all.end(), [&](const Window& w) { return same(w, some[i]); });
      ASSERT_NE(from, all.end());
      const double share =
          static_cast<double>(from - all.begin()) / static_cast<double>(all.size());
      EXPECT_NEAR(share, (static_cast<double>(i) + 0.5) / static_cast<double>(count),
                  1.0 / static_cast<double>(all.size()));
      ++from;
    }
  }
  EXPECT_EQ(windows(8, all.size() + 7).size(), all.size());
}

}  // namespace
}  // namespace pno::corpus
