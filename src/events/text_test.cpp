#include "events/text.h"

#include <gmock/gmock.h>

#include "events/random_music.h"

namespace pno::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string error_of(std::string_view text) {
  const auto tokens = from_text(text, kPerformance);
  return tokens ? "no error" : tokens.error().message;
}

TEST(Text, HasOneEventPerLine) {
  const auto& v = kPerformance;
  const std::vector<Token> tokens = {v.bos(),          v.velocity(15), v.note_on(60),
                                     v.time_shift(12), v.note_off(60), v.eos()};
  EXPECT_EQ(to_text(tokens, v), "BOS\nVELOCITY 15\nNOTE_ON 60\nTIME_SHIFT 12\nNOTE_OFF 60\nEOS\n");
  EXPECT_EQ(to_text({}, v), "");
}

TEST(Text, ReadsBackWhatItWrote) {
  for (const Vocabulary& v : {kPerformance, kPnoAi, kPerformancePlus}) {
    std::vector<Token> tokens;
    for (int id = 0; id < v.inputs(); ++id) tokens.push_back(static_cast<Token>(id));
    EXPECT_EQ(*from_text(to_text(tokens, v), v), tokens);
  }
}

TEST(Text, ControlsAndStructureAreOfVocabulariesWithRoles) {
  const auto& v = kPerformancePlus;
  const std::string text = "KIND 2\nKEY 23\nINFILL\nPREFIX\nMIDDLE\nEND\nCOMPOSER 0\n";
  const auto tokens = from_text(text, v);
  ASSERT_TRUE(tokens) << tokens.error().message;
  EXPECT_THAT(*tokens, ElementsAre(396, 421, 391, 392, 393, 390, 444));
  EXPECT_EQ(to_text(*tokens, v), text);
  EXPECT_EQ(from_text("KEY 24", v).error().message,
            "line 1: 'KEY 24': KEY holds a number from 0 to 23");
  EXPECT_EQ(from_text("END 1", v).error().message, "line 1: 'END 1': END stands alone");
  EXPECT_THAT(error_of("END"), testing::StartsWith("line 1: 'END' is not an event"));
}

TEST(Text, SkipsEmptyLinesCommentsAndBlanks) {
  const auto& v = kPerformance;
  EXPECT_THAT(*from_text("# a scale\n\n  NOTE_ON\t60  # middle C\r\n \t\nEOS", v),
              ElementsAre(v.note_on(60), v.eos()));
  EXPECT_THAT(*from_text("", v), IsEmpty());
  EXPECT_THAT(*from_text("# nothing", v), IsEmpty());
}

TEST(Text, TakesWhatEditorsAndShellsWrite) {
  using namespace std::string_view_literals;
  const auto& v = kPerformance;
  for (const auto bytes : {"\xEF\xBB\xBF"
                           "BOS\nNOTE_ON 60\nEOS\n"sv,
                           "BOS\r\nNOTE_ON 60\r\nEOS\r\n"sv, "BOS\rNOTE_ON 60\rEOS"sv,
                           "\xFF\xFE"
                           "B\0O\0S\0\r\0\n\0N\0O\0T\0E\0_\0O\0N\0 \0006\0000\0\n\0E\0O\0S\0"sv,
                           "\0B\0O\0S\0\n\0N\0O\0T\0E\0_\0O\0N\0 \0006\0000\0\n\0E\0O\0S"sv}) {
    const auto tokens = from_text(bytes, v);
    ASSERT_TRUE(tokens.has_value()) << tokens.error().message;
    EXPECT_THAT(*tokens, ElementsAre(v.bos(), v.note_on(60), v.eos()));
  }
}

TEST(Text, CountsLinesWhateverEndsThem) {
  for (const auto* text :
       {"BOS\n\nNOTE_ON 60\nX", "BOS\r\n\r\nNOTE_ON 60\r\nX", "BOS\r\rNOTE_ON 60\rX"}) {
    EXPECT_THAT(error_of(text), testing::StartsWith("line 4: 'X'"));
  }
}

TEST(Text, ErrorNamesTheLineAndWhatIsAllowed) {
  EXPECT_EQ(error_of("BOS\n\nNOTE 60\n"),
            "line 3: 'NOTE' is not an event; an event is one of NOTE_ON, NOTE_OFF, TIME_SHIFT, "
            "VELOCITY, BOS, EOS");
  EXPECT_EQ(error_of("NOTE_ON 128"), "line 1: 'NOTE_ON 128': NOTE_ON holds a number from 0 to 127");
  EXPECT_EQ(error_of("NOTE_OFF"), "line 1: 'NOTE_OFF': NOTE_OFF holds a number from 0 to 127");
  EXPECT_EQ(error_of("NOTE_OFF -1"),
            "line 1: 'NOTE_OFF -1': NOTE_OFF holds a number from 0 to 127");
  EXPECT_EQ(error_of("TIME_SHIFT 0"),
            "line 1: 'TIME_SHIFT 0': TIME_SHIFT holds a number from 1 to 100");
  EXPECT_EQ(error_of("TIME_SHIFT 12 12"),
            "line 1: 'TIME_SHIFT 12 12': TIME_SHIFT holds a number from 1 to 100");
  EXPECT_EQ(error_of("VELOCITY 32"), "line 1: 'VELOCITY 32': VELOCITY holds a number from 0 to 31");
  EXPECT_EQ(error_of("EOS 1"), "line 1: 'EOS 1': EOS stands alone");
}

TEST(Text, UsesTheRangesOfTheVocabulary) {
  EXPECT_TRUE(from_text("TIME_SHIFT 125", kPnoAi));
  EXPECT_FALSE(from_text("TIME_SHIFT 125", kPerformance));
}

TEST(Text, MessageIsShortAndHasNoControlCharacters) {
  EXPECT_EQ(error_of(std::string_view("MThd\0\0\0\6", 8)).substr(0, 21),
            "line 1: 'MThd????"
            "' is");
  EXPECT_LT(error_of(std::string(100000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace pno::events
