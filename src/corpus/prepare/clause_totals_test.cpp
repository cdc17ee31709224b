#include "corpus/prepare/clause_totals.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pno::corpus {
namespace {

std::string text_of(const std::vector<std::string>& remarks) {
  std::string text;
  for (const auto& total : total_clauses(remarks)) {
    text += fmt::format("{}:{} {}|", total.files, total.number, total.what);
  }
  return text;
}

TEST(TotalClauses, SumsWhatIsCounted) {
  EXPECT_EQ(text_of({"12 overlapping notes, 1 stray note-off", "1 overlapping note", ""}),
            "2:13 overlapping notes|1:1 stray note-off|");
}

TEST(TotalClauses, SumsFractions) {
  EXPECT_EQ(text_of({"1.5 seconds of silence", "2.25 seconds of silence, 1 stray note-off"}),
            "2:3.75 seconds of silence|1:1 stray note-off|");
}

TEST(TotalClauses, CountsFilesOfWhatIsNot) {
  EXPECT_EQ(text_of({"cut short, 3 notes without end", "cut short"}),
            "2:0 cut short|1:3 notes without end|");
}

TEST(TotalClauses, KeepsAClauseWithACommaWhole) {
  EXPECT_EQ(text_of({"2 stray note-offs; is not listed in a.csv, so that its split is by content"}),
            "1:0 is not listed in a.csv, so that its split is by content|1:2 stray note-offs|");
}

TEST(TotalClauses, OfNothingIsNothing) {
  EXPECT_TRUE(total_clauses({}).empty());
}

}  // namespace
}  // namespace pno::corpus
