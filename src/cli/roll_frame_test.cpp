#include "cli/roll_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pno::cli {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else if (c != '\r') {
      lines.back() += c;
    }
  }
  return lines;
}

TEST(RollFrame, FillsTheTerminal) {
  for (const int rows : {2, 3, 10, 24, 60, 200}) {
    for (const int columns : {1, 20, 80, 300}) {
      const RollNote note{.start_s = 0, .end_s = 1, .pitch = 60};
      const auto lines = lines_of(roll_frame(
          {.columns = columns, .rows = rows, .status = "playing ▀ 1:02", .keys = "q quits"},
          {&note, 1}));
      ASSERT_EQ(lines.size(), static_cast<std::size_t>(rows));
      for (std::size_t i = 0; i + 2 < lines.size(); ++i) {
        EXPECT_EQ(lines[i].size(), static_cast<std::size_t>(columns));
      }
    }
  }
}

TEST(RollFrame, NotesAreWhereTheirTimeAndPitchSay) {
  const std::vector<RollNote> notes = {
      {.start_s = 8, .end_s = 9, .pitch = 108, .colour = RollColour::person},
      {.start_s = 10, .end_s = 11, .pitch = 21, .colour = RollColour::model},
      {.start_s = 11, .end_s = 11.5, .pitch = 64, .colour = RollColour::planned},
      {.start_s = 100, .end_s = 101, .pitch = 64, .colour = RollColour::model}};
  const auto lines =
      lines_of(roll_frame({.columns = 80, .rows = 90, .now_s = 10, .seconds = 8}, notes));
  // 10 columns a second, the present in column 60.
  EXPECT_EQ(lines[0], std::string(40, ' ') + std::string(10, '#') + std::string(10, ' ') + "|" +
                          std::string(19, ' '));
  EXPECT_EQ(lines[87], std::string(60, ' ') + std::string(10, 'o') + std::string(10, ' '));
  EXPECT_EQ(lines[108 - 64].substr(70, 5), ".....");
}

TEST(RollFrame, ColoursHaveTwoPitchesARow) {
  const std::vector<RollNote> notes = {
      {.start_s = -1, .end_s = 1, .pitch = 60, .colour = RollColour::person}};
  const auto text = roll_frame({.rows = 46, .has_colours = true}, notes);
  EXPECT_THAT(text, HasSubstr("\x1b[38;2;240;168;72m"));
  EXPECT_EQ(lines_of(text).size(), 46U);
}

TEST(RollFrame, LegendStandsBehindTheKeysIfThereIsRoom) {
  RollFrame frame{.columns = 40,
                  .rows = 4,
                  .keys = " q quits",
                  .legend = {{RollColour::person, "you"}, {RollColour::planned, "to come"}}};
  EXPECT_EQ(lines_of(roll_frame(frame, {})).back(),
            " q quits" + std::string(14, ' ') + "# you  . to come  ");
  frame.columns = 20;
  EXPECT_EQ(lines_of(roll_frame(frame, {})).back(), " q quits" + std::string(12, ' '));
  frame.columns = 40;
  frame.has_colours = true;
  EXPECT_THAT(lines_of(roll_frame(frame, {})).back(),
              HasSubstr("\x1b[38;2;240;168;72m\x1b[48;2;24;26;32m■ you"));
}

TEST(RollFrame, AShortTerminalShowsSeveralKeysALine) {
  std::vector<RollNote> notes;
  for (int pitch = 0; pitch < 128; ++pitch) notes.push_back({-1, 1, pitch, RollColour::model});
  const auto lines = lines_of(roll_frame({.rows = 12}, notes));
  const auto full = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find('o') != line.npos;
  });
  EXPECT_GE(full, 9);
}

}  // namespace
}  // namespace pno::cli
