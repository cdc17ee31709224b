#include "events/decode.h"

#include <algorithm>
#include <array>
#include <limits>

#include "events/pitch_set.h"

namespace pno::events {
namespace {

// A note in steps.
struct GridNote {
  std::int64_t start_step = 0, end_step = 0;
  std::uint8_t pitch = 0, velocity = 0;
};

class Decoder {
 public:
  explicit Decoder(const Vocabulary& vocabulary)
      : vocabulary_(vocabulary), velocity_(vocabulary.bin_velocity(vocabulary.velocity_bins / 2)) {}

  // Returns false at EOS.
  bool read(Token token) {
    if (token >= vocabulary_.inputs()) {
      ++mended_.foreign_tokens;
      return true;
    }
    const Event event = vocabulary_.event(token);
    switch (event.kind) {
      case Kind::note_on:
        strike(event.value);
        break;
      case Kind::note_off:
        release(event.value);
        break;
      case Kind::time_shift:
        now_ += event.value;
        break;
      case Kind::velocity:
        velocity_ = vocabulary_.bin_velocity(event.value);
        break;
      case Kind::eos:
        return false;
      default:
        break;
    }
    return true;
  }

  Decoded finish() {
    sounding_.for_each([&](int pitch) {
      ++mended_.unended_notes;
      end_note(pitch);
    });
    Decoded decoded;
    decoded.length_us = time_us(now_);
    for (const auto& note : notes_) decoded.performance.notes.push_back(on_the_clock(note));
    decoded.mended = mended_;
    // Notes are out of order only if the NOTE_ONs of a step were.
    std::sort(decoded.performance.notes.begin(), decoded.performance.notes.end(),
              [](const midi::Note& a, const midi::Note& b) {
                return std::pair(a.start_us, a.pitch) < std::pair(b.start_us, b.pitch);
              });
    return decoded;
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  std::size_t& last_note(int pitch) { return last_note_[static_cast<std::size_t>(pitch)]; }

  void strike(int pitch) {
    const std::size_t last = last_note(pitch);
    const auto velocity = static_cast<std::uint8_t>(velocity_);
    const bool in_one_step = last != kNone && notes_[last].start_step == now_;
    if (sounding_.contains(pitch) || in_one_step) ++mended_.restrikes;
    if (in_one_step) {
      notes_[last].velocity = std::max(notes_[last].velocity, velocity);
    } else {
      if (sounding_.contains(pitch)) notes_[last].end_step = now_;
      last_note(pitch) = notes_.size();
      notes_.push_back({now_, now_, static_cast<std::uint8_t>(pitch), velocity});
    }
    sounding_.insert(pitch);
  }

  void release(int pitch) {
    if (!sounding_.contains(pitch)) {
      ++mended_.stray_note_offs;
      return;
    }
    if (notes_[last_note(pitch)].start_step == now_) ++mended_.empty_notes;
    end_note(pitch);
  }

  void end_note(int pitch) {
    auto& note = notes_[last_note(pitch)];
    note.end_step = std::max(now_, note.start_step + 1);
    sounding_.erase(pitch);
  }

  // Rounded to the nearest microsecond; encode() rounds it to the same step.
  std::int64_t time_us(std::int64_t step) const {
    return (step * 1'000'000 + vocabulary_.steps_per_second / 2) / vocabulary_.steps_per_second;
  }

  midi::Note on_the_clock(const GridNote& note) {
    constexpr std::int64_t kLongestUs = std::numeric_limits<std::uint32_t>::max();
    const std::int64_t start_us = time_us(note.start_step);
    const std::int64_t length_us = time_us(note.end_step) - start_us;
    if (length_us > kLongestUs) ++mended_.overlong_notes;
    const auto length = static_cast<std::uint32_t>(std::min(length_us, kLongestUs));
    return {.start_us = start_us,
            .length_us = length,
            .key_length_us = length,
            .pitch = note.pitch,
            .velocity = note.velocity};
  }

  Vocabulary vocabulary_;
  int velocity_;
  std::int64_t now_ = 0;  // steps
  Mended mended_;
  std::vector<GridNote> notes_;  // in the order of their NOTE_ONs
  PitchSet sounding_;
  std::array<std::size_t, 128> last_note_ = [] {
    std::array<std::size_t, 128> none{};
    none.fill(kNone);
    return none;
  }();
};

}  // namespace

Decoded decode(std::span<const Token> tokens, const Vocabulary& vocabulary) {
  Decoder decoder(vocabulary);
  for (const Token token : tokens) {
    if (!decoder.read(token)) break;
  }
  return decoder.finish();
}

void Mended::add(const Mended& other) {
  stray_note_offs += other.stray_note_offs;
  restrikes += other.restrikes;
  unended_notes += other.unended_notes;
  empty_notes += other.empty_notes;
  foreign_tokens += other.foreign_tokens;
  overlong_notes += other.overlong_notes;
}

DecodedPieces decode_pieces(std::span<const Token> tokens, const Vocabulary& vocabulary) {
  DecodedPieces result;
  while (!tokens.empty()) {
    std::size_t end = 1;
    while (end < tokens.size() && tokens[end - 1] != vocabulary.eos() &&
           tokens[end] != vocabulary.bos()) {
      ++end;
    }
    const Decoded piece = decode(tokens.first(end), vocabulary);
    tokens = tokens.subspan(end);
    Decoded& all = result.all;
    const std::int64_t start_us = all.length_us;
    for (midi::Note note : piece.performance.notes) {
      note.start_us += start_us;
      all.performance.notes.push_back(note);
    }
    all.length_us += std::max(piece.length_us, piece.performance.length_us());
    all.mended.add(piece.mended);
    if (!piece.performance.notes.empty()) ++result.pieces;
  }
  return result;
}

}  // namespace pno::events
