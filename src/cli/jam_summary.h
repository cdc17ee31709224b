#pragma once

// The result of pno jam: what was played, and the delays of the room.

#include <cstdint>
#include <optional>
#include <string>

#include "cli/program.h"
#include "live/room.h"

namespace pno::cli {

struct JamResult {
  double seconds = 0;                      // real time
  double cpu_share = 0;                    // of one core, of the whole program
  double memory_mb = 0;                    // at the end
  double memory_grown_mb = 0;              // since two seconds after the start
  std::optional<std::int64_t> under_runs;  // of the sound; empty: it is not known
  std::string recording;                   // empty: none
};

Answer jam_answer(const live::RoomFigures& figures, const JamResult& result);

}  // namespace pno::cli
