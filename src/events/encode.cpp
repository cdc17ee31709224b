#include "events/encode.h"

#include <algorithm>

namespace pno::events {

Encoder::Encoder(const Vocabulary& vocabulary, const EncodeOptions& options,
                 std::vector<Token>& into)
    : vocabulary_(vocabulary),
      options_(options),
      into_(into),
      written_before_(into.size()),
      grid_({.steps_per_second = vocabulary.steps_per_second,
             .transpose = options.transpose,
             .stretch = options.stretch,
             .from_zero = options.bos}) {
  if (options.bos && options.max_tokens > 0) into_.push_back(vocabulary_.bos());
}

bool Encoder::add(std::span<const PlainNote> notes) {
  if (full()) return false;
  for (const auto& note : notes) {  // NOLINT(readability-use-anyofallof): it writes as it goes
    const auto [pitch, step, end_step] = grid_.place(note);
    if (step > strike_step_) {
      write_strikes();
      if (full()) return false;
      strike_step_ = step;
    }
    strike(pitch, note.velocity, end_step);
  }
  return true;
}

void Encoder::finish() {
  write_strikes();
  while (!sounding_.empty()) end_notes(next_end_, {});
  if (options_.eos) into_.push_back(vocabulary_.eos());
  full();
}

void Encoder::strike(int pitch, std::uint8_t velocity, std::int64_t end_step) {
  const auto p = static_cast<std::size_t>(pitch);
  const bool again = strikes_.contains(pitch);
  strike_velocity_[p] = again ? std::max(strike_velocity_[p], velocity) : velocity;
  strike_end_[p] = again ? std::max(strike_end_[p], end_step) : end_step;
  strikes_.insert(pitch);
}

void Encoder::write_strikes() {
  while (next_end_ < strike_step_) end_notes(next_end_, {});
  end_notes(strike_step_, strikes_);
  strikes_.for_each([&](int pitch) {
    const auto p = static_cast<std::size_t>(pitch);
    const int bin = vocabulary_.velocity_bin(strike_velocity_[p]);
    if (bin != bin_) into_.push_back(vocabulary_.velocity(bin));
    bin_ = bin;
    into_.push_back(vocabulary_.note_on(pitch));
    sounding_.insert(pitch);
    end_step_[p] = strike_end_[p];
    next_end_ = std::min(next_end_, end_step_[p]);
  });
  strikes_.clear();
}

// Ends the notes that end at `step` and those struck again there.
void Encoder::end_notes(std::int64_t step, const PitchSet& restruck) {
  shift_to(step);
  if (next_end_ > step && !sounding_.meets(restruck)) return;
  next_end_ = kNever;
  sounding_.for_each([&](int pitch) {
    const std::int64_t end = end_step_[static_cast<std::size_t>(pitch)];
    if (end > step && !restruck.contains(pitch)) {
      next_end_ = std::min(next_end_, end);
      return;
    }
    into_.push_back(vocabulary_.note_off(pitch));
    sounding_.erase(pitch);
  });
}

void Encoder::shift_to(std::int64_t step) {
  std::int64_t steps = step - now_;
  now_ = step;
  for (; steps > vocabulary_.max_shift_steps; steps -= vocabulary_.max_shift_steps) {
    if (enough()) return;  // do not write hours of silence beyond max_tokens
    into_.push_back(vocabulary_.time_shift(vocabulary_.max_shift_steps));
  }
  if (steps > 0) into_.push_back(vocabulary_.time_shift(static_cast<int>(steps)));
}

bool Encoder::enough() const {
  return into_.size() - written_before_ >= options_.max_tokens;
}

// Removes tokens beyond max_tokens.
bool Encoder::full() {
  if (!enough()) return false;
  into_.resize(written_before_ + options_.max_tokens);
  return true;
}

void encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
            const EncodeOptions& options, std::vector<Token>& into) {
  Encoder encoder(vocabulary, options, into);
  if (encoder.add(notes)) encoder.finish();
}

std::vector<Token> encode(std::span<const PlainNote> notes, const Vocabulary& vocabulary,
                          const EncodeOptions& options) {
  std::vector<Token> tokens;
  encode(notes, vocabulary, options, tokens);
  return tokens;
}

std::vector<PlainNote> plain_notes(const midi::Performance& performance) {
  std::vector<PlainNote> notes;
  notes.reserve(performance.notes.size());
  for (const auto& note : performance.notes) {
    notes.push_back({note.start_us, note.length_us, note.pitch, note.velocity});
  }
  return notes;
}

}  // namespace pno::events
