#pragma once

// The cost of generating music: one row for each precision and number of threads.

#include <filesystem>
#include <vector>

#include "generate/random_model.h"
#include "infer/kernels/precision.h"

namespace pno::bench {

// A minute of piano is about 2,000 events.
inline constexpr double kTokensOfMinute = 2000;
inline constexpr int kPrefillTokens = 1024;
inline constexpr int kTogether = 4;  // pieces, as with --count 4
inline constexpr int kPieceTokens = 1000;

struct AtPosition {
  int position = 0;
  double token_ms = 0;                            // one piece
  double bytes = 0;                               // that a token reads
  double bytes_per_s = 0;                         // bandwidth for a buffer of that size
  double bytes_apart = 0, bytes_per_s_apart = 0;  // the same for a token of kTogether pieces
  double apart_ms = 0;                            // a token of each of kTogether independent pieces
  double forks_ms = 0;     // a token of each of kTogether pieces with one prime
  double allocations = 0;  // per step
  double tokens_per_s() const { return 1e3 / token_ms; }
  double times_real_time() const { return tokens_per_s() * 60 / kTokensOfMinute; }
  // The time at full memory bandwidth as a fraction of the measured time.
  double share_of_bandwidth() const { return bytes / bytes_per_s * 1e3 / token_ms; }
  double gain_apart() const { return kTogether * token_ms / apart_ms; }
  double gain_of_forks() const { return kTogether * token_ms / forks_ms; }
  // The speed-up of independent pieces read together if memory bandwidth were the only limit.
  double gain_by_bytes() const {
    return kTogether * (bytes / bytes_per_s) / (bytes_apart / bytes_per_s_apart);
  }
};

struct Row {
  infer::Precision precision = infer::Precision::f32;
  int threads = 1;
  double open_ms = 0;         // from opening the file to a session
  double first_token_ms = 0;  // in a new process, from its start
  double prefill_ms = 0;      // of kPrefillTokens
  double piece_ms = 0;        // of kPieceTokens from the start, half a minute of music
  double pieces_ms = 0;       // of kTogether such pieces
  double gain_of_pieces() const { return kTogether * piece_ms / pieces_ms; }
  double pieces_gain_by_bytes = 0;  // the same, if all bytes were read at one rate
  std::vector<AtPosition> at;
};

Row measure(const RandomModel& model, const Shape& shape, infer::Precision precision, int threads);

// The work of a process that measure() starts: opens the model, reads BOS and reports it. Returns
// the exit code.
int draw_first_token(const std::filesystem::path& model, infer::Precision precision);

}  // namespace pno::bench
