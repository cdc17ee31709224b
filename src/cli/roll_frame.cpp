#include "cli/roll_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace pno::cli {
namespace {

constexpr double kPresent = 0.75;            // of the width
constexpr int kLowest = 21, kHighest = 108;  // the keys of a piano
constexpr int kLowestC = 24;
constexpr const char* kReset = "\x1b[0m";

struct Look {
  int red, green, blue;
  char letter;
};
constexpr Look kEmpty{24, 26, 32, ' '}, kOctave{33, 36, 44, ' '}, kNow{70, 74, 84, '|'};
constexpr Look kStatus{222, 224, 230, ' '}, kKeys{140, 144, 154, ' '};  // of text
constexpr std::array<Look, 3> kLooks = {
    Look{240, 168, 72, '#'},  // person
    Look{96, 168, 240, 'o'},  // model
    Look{52, 84, 124, '.'},   // planned
};

// The looks of all cells, from the top.
class Grid {
 public:
  Grid(int columns, int rows)
      : columns_(columns), cells_(static_cast<std::size_t>(columns * rows), &kEmpty) {}
  const Look*& at(int column, int row) {
    return cells_[static_cast<std::size_t>(row * columns_ + column)];
  }

 private:
  int columns_;
  std::vector<const Look*> cells_;
};

// A text cut or filled to the width. Counts code points, not bytes.
std::string fitted(std::string_view text, int width) {
  std::string result;
  int used = 0;
  for (const char c : text) {
    const bool is_first = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (is_first && used == width) break;
    used += is_first ? 1 : 0;
    result += c;
  }
  result.append(static_cast<std::size_t>(std::max(0, width - used)), ' ');
  return result;
}

int width_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// The text in a colour on the background of the roll.
std::string coloured(const std::string& text, const Look& look) {
  return fmt::format("\x1b[38;2;{};{};{}m\x1b[48;2;{};{};{}m{}", look.red, look.green, look.blue,
                     kEmpty.red, kEmpty.green, kEmpty.blue, text);
}

// The last line: the keys, and the legend at its right end.
std::string keys_line(const RollFrame& frame, int columns) {
  int width = 0;
  std::string legend;
  for (const auto& [colour, name] : frame.legend) {
    const Look& look = kLooks.at(static_cast<std::size_t>(colour));
    const std::string mark = frame.has_colours ? "■" : std::string(1, look.letter);
    const std::string entry = mark + " " + name + "  ";
    width += width_of(entry);
    legend += frame.has_colours ? coloured(entry, look) : entry;
  }
  if (width_of(frame.keys) + width + 2 > columns) width = 0;
  if (width == 0) legend.clear();
  const auto keys = fitted(frame.keys, columns - width);
  return (frame.has_colours ? coloured(keys, kKeys) : keys) + legend;
}

void add_row(Grid& grid, const RollFrame& frame, int row, std::string& text) {
  const Look *upper_before = nullptr, *lower_before = nullptr;
  for (int column = 0; column < frame.columns; ++column) {
    if (!frame.has_colours) {
      text += grid.at(column, row)->letter;
      continue;
    }
    const Look *upper = grid.at(column, 2 * row), *lower = grid.at(column, 2 * row + 1);
    if (upper != upper_before) {
      text += fmt::format("\x1b[38;2;{};{};{}m", upper->red, upper->green, upper->blue);
    }
    if (lower != lower_before) {
      text += fmt::format("\x1b[48;2;{};{};{}m", lower->red, lower->green, lower->blue);
    }
    upper_before = upper;
    lower_before = lower;
    text += "▀";
  }
  if (frame.has_colours) text += kReset;
  text += "\r\n";
}

}  // namespace

std::string roll_frame(const RollFrame& frame, std::span<const RollNote> notes) {
  const int rows = std::max(0, frame.rows - 2), columns = std::max(1, frame.columns);
  const int lines = frame.has_colours ? 2 * rows : rows;
  Grid grid(columns, std::max(1, lines));
  const int present = static_cast<int>(kPresent * columns);
  const double columns_per_s = columns / frame.seconds;
  // As many keys a line as are needed to show all.
  const int keys_per_line = lines > 0 ? (kHighest - kLowest + lines) / lines : 1;
  const int used = (kHighest - kLowest) / keys_per_line + 1;
  const auto line_of = [&](int pitch) {
    return (lines - used) / 2 + (kHighest - std::clamp(pitch, kLowest, kHighest)) / keys_per_line;
  };
  for (int pitch = kLowestC; pitch <= kHighest && lines > 0 && frame.has_colours; pitch += 12) {
    for (int column = 0; column < columns; ++column) grid.at(column, line_of(pitch)) = &kOctave;
  }
  for (int line = 0; line < lines; ++line) grid.at(present, line) = &kNow;
  for (const auto& note : notes) {
    if (lines == 0) break;
    const int line = line_of(note.pitch);
    const double from = present + (note.start_s - frame.now_s) * columns_per_s;
    const double to = present + (note.end_s - frame.now_s) * columns_per_s;
    if (to < 0 || from >= columns) continue;
    const int first = std::max(0, static_cast<int>(std::floor(from)));
    const int last = std::min(columns - 1, std::max(first, static_cast<int>(std::ceil(to)) - 1));
    for (int column = first; column <= last; ++column) {
      grid.at(column, line) = &kLooks.at(static_cast<std::size_t>(note.colour));
    }
  }
  std::string text;
  for (int row = 0; row < rows; ++row) add_row(grid, frame, row, text);
  const auto status = fitted(frame.status, columns);
  text += (frame.has_colours ? coloured(status, kStatus) : status) + "\r\n";
  text += keys_line(frame, columns);
  if (frame.has_colours) text += kReset;
  return text;
}

}  // namespace pno::cli
