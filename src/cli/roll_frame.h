#pragma once

// A piano roll as the text of a terminal: time to the right, pitch upwards, the present as a line,
// with 24-bit colours also the octaves.

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pno::cli {

enum class RollColour { person, model, planned };

struct RollNote {
  double start_s = 0, end_s = 0;
  int pitch = 0;  // 0..127
  RollColour colour = RollColour::person;
};

struct RollFrame {
  int columns = 80, rows = 24;  // of the terminal; the last two rows are `status` and `keys`
  bool has_colours = false;     // 24 bits: two pitches a row; else letters, one a row
  double now_s = 0;             // at three quarters of the width
  double seconds = 8;           // of the width
  std::string status = {}, keys = {};
  // Names of the colours, behind the keys if there is room.
  std::vector<std::pair<RollColour, std::string>> legend = {};
};

// Lines that fill the terminal, each but the last ended by CR LF. Notes of one place are drawn in
// their order.
std::string roll_frame(const RollFrame& frame, std::span<const RollNote> notes);

}  // namespace pno::cli
