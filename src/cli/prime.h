#pragma once

// The music that a generated piece begins with.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "cli/midi_input.h"
#include "events/vocabulary.h"
#include "midi/read_options.h"

namespace pno::cli {

struct PrimeOptions {
  std::filesystem::path file;  // or stdin: "-"
  double from_s = 0;           // the prime begins with the first note from here on
  double seconds = 0;          // of the prime; 0: all that follows
  midi::Programs programs = midi::ReadOptions{}.programs;
};

struct Prime {
  MidiInput input;  // the whole file, which the written piece continues
  // In time from its first note: BOS if that is the file's first, as in training, and no EOS. They
  // end before the silence that crosses the last second asked for, so that how long to wait is the
  // model's choice; notes that sound then are still held, and it is for the model to end them.
  std::vector<events::Token> tokens;
  // Times in the file.
  std::int64_t from_us = 0;   // where it was asked to begin
  std::int64_t first_us = 0;  // of its first note
};

Expected<Prime> read_prime(const PrimeOptions& options, const events::Vocabulary& vocabulary);

}  // namespace pno::cli
