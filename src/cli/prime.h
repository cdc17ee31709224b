#pragma once

// The music that a generated piece begins with.

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "events/vocabulary.h"
#include "midi/read_options.h"

namespace pno::cli {

struct PrimeOptions {
  std::filesystem::path file;
  double from_s = 0;   // the prime begins with the first note from here on
  double seconds = 0;  // of the prime; 0: all that follows
  midi::Programs programs = midi::ReadOptions{}.programs;
};

// The prime as events, in time from its first note: BOS if it is the file's first, as in
// training, and no EOS. It ends before the silence that crosses its last second, so that how long
// to wait is the model's choice; notes that sound then are still held, and it is for the model to
// end them.
Expected<std::vector<events::Token>> read_prime(const PrimeOptions& options,
                                                const events::Vocabulary& vocabulary);

}  // namespace pno::cli
