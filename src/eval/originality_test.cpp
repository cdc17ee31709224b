#include "eval/originality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "corpus/dataset.h"
#include "eval/feature_test_music.h"
#include "events/random_music.h"

namespace pno::eval {
namespace {

using testing::Each;
using testing::SizeIs;

// A walk of single notes and chords with an uneven rhythm, as a pianist plays.
std::vector<events::PlainNote> walk(std::uint64_t seed, std::size_t count) {
  RandomStream random(seed, 9);
  std::vector<TestNote> list;
  int pitch = 60;
  double now_s = 0;
  while (list.size() < count) {
    pitch = std::clamp(pitch + static_cast<int>(random.below(13)) - 6, 36, 84);
    list.push_back({.start_s = now_s, .pitch = pitch, .length_s = 0.2});
    now_s += std::array{0.1, 0.15, 0.2, 0.4}[random.below(4)];
  }
  return notes_at(list);
}

// Notes [first, first + count) in another key and tempo, played unevenly on a grid of 10 ms.
struct Quotation {
  std::size_t first = 0, count = 0;
  int transposition = 0;
  double tempo = 1, from_s = 0;
};
std::vector<events::PlainNote> quoted(Notes notes, const Quotation& quotation) {
  const auto& [first, count, transposition, tempo, from_s] = quotation;
  RandomStream random(5, 5);
  std::vector<events::PlainNote> result;
  for (auto note : notes.subspan(first, count)) {
    const auto after_us = static_cast<double>(note.start_us - notes[first].start_us) / tempo;
    const double uneven_us = 8'000 * random.uniform();
    note.start_us = std::llround((from_s * 1e6 + after_us + uneven_us) / 1e4) * 10'000;
    note.pitch = static_cast<std::uint8_t>(note.pitch + transposition);
    result.push_back(note);
  }
  return result;
}

class Originality : public testing::Test {
 protected:
  static constexpr std::size_t kPieces = 12, kNotes = 800;

  void SetUp() override {
    path_ = testing::TempDir() + "originality_test.notes";
    std::vector<corpus::Piece> pieces;
    for (std::size_t i = 0; i < kPieces; ++i) {
      auto& piece = pieces.emplace_back();
      piece.info.title = fmt::format("piece {}", i);
      piece.info.split = i == 0 ? corpus::Split::validation : corpus::Split::train;
      piece.notes = walk(i, kNotes);
      piece.info.hash = corpus::content_hash(piece.notes);
    }
    ASSERT_TRUE(corpus::write_dataset(path_, pieces).has_value());
    auto opened = corpus::Dataset::open(path_);
    ASSERT_TRUE(opened.has_value());
    dataset_ = std::make_unique<corpus::Dataset>(std::move(*opened));
    auto built = TripleIndex::build(*dataset_);
    ASSERT_TRUE(built.has_value());
    index_ = std::make_unique<TripleIndex>(std::move(*built));
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
  std::unique_ptr<corpus::Dataset> dataset_;
  std::unique_ptr<TripleIndex> index_;
};

TEST_F(Originality, IndexHasTheTrainingSplitAndEveryTripleOnce) {
  EXPECT_EQ(index_->onsets().size(), (kPieces - 1) * kNotes);
  // A piece of n notes has n - 2 triples of the first shape and n - 3 of the others.
  EXPECT_EQ(index_->triples(), (kPieces - 1) * (3 * kNotes - 8));
  EXPECT_EQ(index_->number_of(0), 1U) << "piece 0 is not in the training split";
  const auto& onsets = index_->onsets();
  for (const std::size_t place : {0UL, 5UL, kNotes + 7, 3 * kNotes - 4}) {
    for (std::size_t shape = 0; shape < kTripleShapes.size(); ++shape) {
      EXPECT_THAT(index_->places(triple_key(onsets, place, shape)), testing::Contains(place));
    }
  }
  EXPECT_EQ(index_->piece_at(kNotes - 1), 0U);
  EXPECT_EQ(index_->piece_at(kNotes), 1U);
}

TEST(Triples, KeysDoNotDependOnKeyAndTempo) {
  const auto music = onset_columns(notes_at({{0, 60}, {0.2, 64}, {0.6, 55}, {0.7, 62}}));
  const auto moved = onset_columns(notes_at({{5, 67}, {5.1, 71}, {5.3, 62}, {5.35, 69}}));
  const auto other = onset_columns(notes_at({{0, 60}, {0.4, 64}, {0.6, 55}, {0.7, 62}}));
  for (std::size_t shape = 0; shape < kTripleShapes.size(); ++shape) {
    EXPECT_EQ(triple_key(music, 0, shape), triple_key(moved, 0, shape));
  }
  EXPECT_NE(triple_key(music, 0, 0), triple_key(other, 0, 0)) << "another rhythm";
}

TEST(Triples, NearKeysHoldTheKeyOfASlightlyOtherRhythm) {
  const auto source = onset_columns(notes_at({{0, 60}, {0.2, 64}, {0.43, 55}}));
  for (const double late_s : {-0.02, -0.01, 0.0, 0.01, 0.02}) {
    const auto played = onset_columns(notes_at({{0, 60}, {0.2 + late_s, 64}, {0.43, 55}}));
    const auto keys = near_triple_keys(played, 0, 0);
    EXPECT_TRUE(std::ranges::find(keys, triple_key(source, 0, 0)) != keys.end()) << late_s;
  }
  const auto chord = onset_columns(notes_at({{0, 60}, {0.01, 64}, {0.43, 55}}));
  EXPECT_EQ(near_triple_keys(chord, 0, 0)[0], triple_key(chord, 0, 0));
}

TEST_F(Originality, ACopyIsFoundInAnotherKeyAndTempo) {
  const auto source = dataset_->music(4);
  for (const auto& [transposition, tempo] : {std::pair{0, 1.0}, {5, 1.3}, {-7, 0.7}}) {
    auto music =
        quoted(source, {.first = 200, .count = 60, .transposition = transposition, .tempo = tempo});
    const auto similarities = window_similarities(onset_columns(music), *index_);
    EXPECT_THAT(similarities, SizeIs(2));
    EXPECT_THAT(similarities, Each(testing::Gt(0.9)));
    const auto copied = longest_copied_passage(onset_columns(music), *index_);
    EXPECT_EQ(copied.notes, 60U);
    EXPECT_EQ(copied.piece, 4U);
    EXPECT_EQ(copied.transposition, transposition);
    EXPECT_NEAR(copied.tempo, tempo, 0.02);
    EXPECT_NEAR(copied.piece_from_s, static_cast<double>(source[200].start_us) / 1e6, 0.002);
  }
}

TEST_F(Originality, ACopyWithinOtherMusicIsFoundWhereItStands) {
  auto music = walk(100, 50);
  const auto before_s = static_cast<double>(music.back().start_us) / 1e6;
  const auto copy =
      quoted(dataset_->music(7),
             {.first = 300, .count = 24, .transposition = 2, .tempo = 1.1, .from_s = before_s + 1});
  music.insert(music.end(), copy.begin(), copy.end());
  const auto copied = longest_copied_passage(onset_columns(music), *index_);
  EXPECT_GE(copied.notes, 24U);
  EXPECT_LE(copied.notes, 26U) << "a neighbour may match by chance";
  EXPECT_EQ(copied.piece, 7U);
  EXPECT_NEAR(copied.from_s, before_s + 1, 0.5);
}

TEST_F(Originality, ANoteThatIsLeftOutHidesLittle) {
  auto music = quoted(dataset_->music(2), {.first = 100, .count = 33});
  music.erase(music.begin() + 16);
  EXPECT_GT(window_similarities(onset_columns(music), *index_).front(), 0.75);
}

TEST_F(Originality, OtherMusicIsLessSimilar) {
  const auto similarities =
      window_similarities(onset_columns(dataset_->music(0)), *index_);  // of the validation split
  EXPECT_THAT(similarities, SizeIs((kNotes - kWindowNotes) / kWindowHop + 1));
  EXPECT_THAT(similarities, Each(testing::Lt(0.4)));
  EXPECT_LT(longest_copied_passage(onset_columns(dataset_->music(0)), *index_).notes, 12U);
}

TEST_F(Originality, AnotherRhythmIsNoCopy) {
  auto music = quoted(dataset_->music(3), {.count = 40});
  RandomStream random(1, 1);
  std::int64_t now_us = 0;
  for (auto& note : music) {
    note.start_us = now_us;
    now_us += 50'000 + static_cast<std::int64_t>(random.below(1'500'000));
  }
  EXPECT_LT(longest_copied_passage(onset_columns(music), *index_).notes, 20U);
}

TEST_F(Originality, TrillsAndShortMusicAreNotCopies) {
  EXPECT_EQ(longest_copied_passage(onset_columns(melody(std::vector<int>(50, 60))), *index_).notes,
            0U);
  EXPECT_TRUE(window_similarities(onset_columns(melody({60, 62})), *index_).empty());
  EXPECT_TRUE(window_similarities({}, *index_).empty());
  EXPECT_EQ(longest_copied_passage({}, *index_).notes, 0U);
}

TEST_F(Originality, OfASetDoesNotDependOnThreads) {
  std::vector<std::vector<events::PlainNote>> pieces;
  std::vector<std::size_t> groups;
  for (std::uint64_t i = 0; i < 6; ++i) {
    groups.push_back(i);
    pieces.push_back(walk(i % 2 == 0 ? i : 100 + i, 100));  // every other one is in the dataset
  }
  const auto one = originality(pieces, groups, *index_, {.threads = 1}, {});
  const auto three = originality(pieces, groups, *index_, {.threads = 3}, {});
  ASSERT_TRUE(one.has_value());
  ASSERT_TRUE(three.has_value());
  EXPECT_EQ(one->similarity.low, three->similarity.low);
  EXPECT_EQ(one->pieces[2].similarity, three->pieces[2].similarity);
  EXPECT_GT(one->pieces[2].similarity, 0.9);
  EXPECT_LT(one->pieces[1].similarity, 0.4);
  EXPECT_LE(one->similarity.low, one->similarity.value);
  EXPECT_GE(one->similarity.high, one->similarity.value);
}

}  // namespace
}  // namespace pno::eval
