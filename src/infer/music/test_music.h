#pragma once

// For tests and fuzzers: checks what MusicState guarantees, without using it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "events/decode.h"
#include "events/encode.h"
#include "infer/music/music_state.h"

namespace pno::infer {

// The events without BOS, EOS and the silence after the last note.
inline std::vector<events::Token> core_events(std::span<const events::Token> tokens,
                                              const events::Vocabulary& vocabulary) {
  const auto kind = [&](events::Token token) { return vocabulary.event(token).kind; };
  if (!tokens.empty() && kind(tokens.front()) == events::Kind::bos) tokens = tokens.subspan(1);
  if (!tokens.empty() && kind(tokens.back()) == events::Kind::eos) {
    tokens = tokens.first(tokens.size() - 1);
  }
  while (!tokens.empty() && kind(tokens.back()) == events::Kind::time_shift) {
    tokens = tokens.first(tokens.size() - 1);
  }
  return {tokens.begin(), tokens.end()};
}

// Checks notes, sorted by start, against the limits. Returns a problem, or an empty string.
inline std::string beyond_limits(const std::vector<midi::Note>& notes, const MusicLimits& limits,
                                 const events::Vocabulary& vocabulary) {
  const auto us = [&](double seconds) { return std::max(seconds * 1e6, vocabulary.step_us()) + 1; };
  std::vector<std::int64_t> ends;  // of sounding notes
  std::int64_t silent_from_us = 0;
  std::array<std::int64_t, 128> struck_us{};
  struck_us.fill(-1);
  for (const auto& note : notes) {
    std::erase_if(ends, [&](std::int64_t end_us) { return end_us <= note.start_us; });
    const auto silence_us = static_cast<double>(note.start_us - silent_from_us);
    if (limits.longest_silence_s > 0 && silence_us > us(limits.longest_silence_s)) {
      return fmt::format("{} us of silence before {} us", silence_us, note.start_us);
    }
    auto& before_us = struck_us.at(note.pitch);
    const auto apart_us = static_cast<double>(note.start_us - before_us);
    if (before_us >= 0 && apart_us + 1 < limits.shortest_restrike_s * 1e6) {
      return fmt::format("a restrike after {} us at {} us", apart_us, note.start_us);
    }
    before_us = note.start_us;
    ends.push_back(note.end_us());
    silent_from_us = std::max(silent_from_us, note.end_us());
    if (limits.most_notes > 0 && std::ssize(ends) > limits.most_notes) {
      return fmt::format("{} notes at {} us", ends.size(), note.start_us);
    }
    if (limits.longest_note_s > 0 && note.length_us > us(limits.longest_note_s)) {
      return fmt::format("a note of {} us at {} us", note.length_us, note.start_us);
    }
  }
  return "";
}

// Returns a problem of a piece, or an empty string: decode() must mend it, encode() would write it
// differently, or it exceeds the limits.
inline std::string problem_of(std::span<const events::Token> tokens,
                              const events::Vocabulary& vocabulary, const MusicLimits& limits) {
  const auto decoded = events::decode(tokens, vocabulary);
  if (decoded.mended.total() > 0) return fmt::format("{} events to mend", decoded.mended.total());
  const auto notes = events::plain_notes(decoded.performance);
  const auto again = core_events(events::encode(notes, vocabulary), vocabulary);
  const auto core = core_events(tokens, vocabulary);
  if (again != core) {
    const auto at = std::mismatch(core.begin(), core.end(), again.begin(), again.end()).first;
    return fmt::format("event {} is not as encode() would write it", at - core.begin());
  }
  return beyond_limits(decoded.performance.notes, limits, vocabulary);
}

}  // namespace pno::infer
