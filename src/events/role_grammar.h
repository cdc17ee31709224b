#pragma once

// Which output may follow in a sequence of tokens with roles: the grammar of the music that sounds
// (grammar.h), and the rules of a gap that is filled. Played and given events reach the grammar;
// announced and future ones, controls and structure do not.
//
// Between MIDDLE and END the events fill the gap exactly: no TIME_SHIFT beyond its end, no EOS. At
// its end notes only end, and END may follow when no played note sounds but those that the future
// says are held across it. Does not allocate, lock or throw.

#include <cstdint>
#include <span>

#include "events/grammar.h"
#include "events/roles.h"

namespace pno::events {

class RoleGrammar {
 public:
  // At the start of an example, before its first token.
  explicit RoleGrammar(const Vocabulary& vocabulary) : grammar_(vocabulary) {}

  // Reads the next token, an id below vocabulary().inputs(). The length of a gap is read from the
  // TIME_SHIFTs after INFILL, up to the first that is not the longest: a gap of so many longest
  // shifts may not be followed by a future that begins with a TIME_SHIFT.
  void read(Token token, Role role) noexcept;

  // Writes the set of outputs that may be played next, in mask_words(vocabulary().outputs()) words.
  // It is never empty.
  void allowed(std::span<std::uint64_t> mask) const noexcept;

  // The reason that an output may not be the next, Fault::none if allowed() has it.
  Fault fault_of(Token token) const noexcept;

  // See Grammar.
  void release_velocity() noexcept { grammar_.release_velocity(); }

  const Vocabulary& vocabulary() const noexcept { return grammar_.vocabulary(); }
  const Grammar& music() const noexcept { return grammar_; }
  // Steps until the end of the gap that is filled, and whether one is.
  std::int64_t gap_left() const noexcept { return gap_left_; }
  bool in_middle() const noexcept { return part_ == Part::middle; }

 private:
  enum class Part : std::uint8_t { music, gap_length, held_notes, future, middle };

  void read_future(const Event& event) noexcept;
  // The lowest played note that the future does not hold across the edge; kPitches if none.
  int lowest_to_end() const noexcept;
  void allow_at_end_of_gap(std::span<std::uint64_t> mask) const noexcept;

  Grammar grammar_;
  Part part_ = Part::music;
  std::int64_t gap_left_ = 0;  // steps
  PitchSet held_;              // sound when the future begins
};

}  // namespace pno::events
