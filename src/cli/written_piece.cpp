#include "cli/written_piece.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "midi/common_ends.h"
#include "midi/smf_continuation.h"

namespace pno::cli {
namespace {

constexpr double kUsualTempo_bpm = 120;

// A decoded piece, divided. Times are from the first note of the prime.
struct Parts {
  events::Decoded all;
  midi::Performance music = {};          // the notes that are not of the prime
  midi::Continuation continuation = {};  // its ends_us
  std::int64_t prime_us = 0;
};

Parts parts_of(const PieceToWrite& piece) {
  Parts parts{.all = events::decode(piece.tokens, *piece.vocabulary)};
  const std::size_t prime_size = piece.prime != nullptr ? piece.prime->tokens.size() : 0;
  const auto prime = events::decode(piece.tokens.first(prime_size), *piece.vocabulary);
  parts.prime_us = prime.length_us;
  std::set<std::pair<std::int64_t, std::uint8_t>> old;
  for (const auto& note : prime.performance.notes) old.insert({note.start_us, note.pitch});
  for (const auto& note : parts.all.performance.notes) {
    if (!old.contains({note.start_us, note.pitch})) {
      parts.music.notes.push_back(note);
    } else if (note.end_us() > prime.length_us) {
      parts.continuation.ends_us.at(note.pitch) = note.end_us();
    }
  }
  return parts;
}

double step_us(const PieceToWrite& piece) {
  return piece.vocabulary->step_us() / piece.arrange.tempo_scale;
}

// Notes alone, in a file of their own.
void write_alone(const PieceToWrite& piece, midi::Performance performance, WrittenPiece& written) {
  written.left_out = arrange(performance, piece.arrange);
  if (piece.pedal) {
    midi::pedal_common_ends(performance, std::max<std::int64_t>(std::llround(step_us(piece)), 1));
  }
  written.notes = performance.notes.size();
  written.bytes =
      midi::write_smf(performance, {.title = piece.title,
                                    .text = piece.text,
                                    .copyright = piece.copyright,
                                    .tempo_bpm = kUsualTempo_bpm * piece.arrange.tempo_scale});
}

// The prime's file with the new notes behind it.
void continue_prime(const PieceToWrite& piece, const Parts& parts, WrittenPiece& written) {
  const std::int64_t first_us = piece.prime->first_us;
  midi::Continuation continuation = parts.continuation;
  continuation.from_us = piece.prime->from_us;
  // Events round to the nearest step, so those of the last step begin before its end.
  continuation.cut_us = first_us + parts.prime_us + std::llround(piece.vocabulary->step_us() / 2);
  for (auto& end_us : continuation.ends_us) end_us += end_us > 0 ? first_us : 0;
  continuation.music = parts.music;
  // The writer scales; transpose() counts what is left out.
  const auto left_out =
      arrange(continuation.music, {.transpose = piece.arrange.transpose, .tempo_scale = 1});
  if (piece.pedal) {
    midi::pedal_common_ends(continuation.music, std::llround(piece.vocabulary->step_us()));
  }
  for (auto& note : continuation.music.notes) note.start_us += first_us;
  for (auto& pedal : continuation.music.pedals) {
    pedal.start_us += first_us;
    pedal.end_us += first_us;
  }
  continuation.title = piece.title;
  continuation.text = piece.text;
  continuation.copyright = piece.copyright;
  continuation.transpose = piece.arrange.transpose;
  continuation.tempo_scale = piece.arrange.tempo_scale;
  auto continued =
      midi::continue_smf(std::as_bytes(std::span(piece.prime->input.bytes)), continuation);
  if (!continued) {
    written.problem = continued.error().message;
    return;
  }
  written.bytes = std::move(continued->bytes);
  written.left_out = left_out + continued->left_out;
  written.notes = continuation.music.notes.size();
}

}  // namespace

WrittenPiece write_piece(const PieceToWrite& piece) {
  const Parts parts = parts_of(piece);
  WrittenPiece written;
  written.mended = parts.all.mended;
  written.music_seconds =
      static_cast<double>(parts.all.length_us - parts.prime_us) / 1e6 / piece.arrange.tempo_scale;
  if (piece.prime == nullptr) {
    write_alone(piece, parts.all.performance, written);
    return written;
  }
  written.offset_seconds = static_cast<double>(piece.prime->first_us + parts.prime_us) / 1e6;
  if (piece.without_prime) {
    auto music = parts.music;
    for (auto& note : music.notes) note.start_us -= parts.prime_us;
    write_alone(piece, std::move(music), written);
    return written;
  }
  continue_prime(piece, parts, written);
  if (!written.problem.empty()) write_alone(piece, parts.all.performance, written);
  return written;
}

}  // namespace pno::cli
