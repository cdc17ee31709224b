#include "cli/prime.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/program.h"
#include "events/encode.h"

namespace pno::cli {
namespace {

void cut_after(double seconds, const events::Vocabulary& vocabulary,
               std::vector<events::Token>& tokens) {
  const auto most_steps = std::round(seconds * vocabulary.steps_per_second);
  double steps = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto event = vocabulary.event(tokens[i]);
    if (event.kind == events::Kind::time_shift) steps += event.value;
    if (steps > most_steps) return tokens.resize(i);
  }
}

}  // namespace

Expected<Prime> read_prime(const PrimeOptions& options, const events::Vocabulary& vocabulary) {
  PNO_TRY(auto input, read_input(options.file));
  PNO_TRY(const auto smf, read_music(input, {.programs = options.programs}));
  auto notes = events::plain_notes(smf.performance);
  const auto skipped = std::erase_if(notes, [&](const events::PlainNote& note) {
    return static_cast<double>(note.start_us) < options.from_s * 1e6;
  });
  if (notes.empty()) {
    return fail("{}: no note begins after {} s; the file is {:.1f} s long", input.name,
                options.from_s, static_cast<double>(smf.performance.length_us()) / 1e6);
  }
  const auto first_us = notes.front().start_us;
  const auto there_s = static_cast<double>(smf.performance.length_us() - first_us) / 1e6;
  if (options.seconds > there_s) {
    warn(fmt::format("{}: has {:.1f} s from its first note on, not {}; the prime is all of it",
                     input.name, there_s, options.seconds));
  }
  constexpr double kUsualLead_s = 2;
  const double lead_s = static_cast<double>(first_us) / 1e6 - std::max(options.from_s, 0.0);
  if (lead_s > kUsualLead_s) {
    warn(fmt::format("{}: the model does not read the {:.1f} s of silence before the first note",
                     input.name, lead_s));
  }
  for (auto& note : notes) note.start_us -= first_us;
  Prime prime{.input = std::move(input),
              .tokens = events::encode(notes, vocabulary, {.bos = skipped == 0, .eos = false}),
              .from_us = std::llround(std::max(options.from_s, 0.0) * 1e6),
              .first_us = first_us};
  if (options.seconds > 0) cut_after(options.seconds, vocabulary, prime.tokens);
  return prime;
}

}  // namespace pno::cli
