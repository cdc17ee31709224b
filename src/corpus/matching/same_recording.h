#pragma once

// Whether two pieces of the same music are copies of one recording: another transcription of it,
// another cut, another first silence, but the same hands.
//
// A 7-gram that both pieces have equally often gives pairs of onsets: its first with its first, its
// second with its second. Each pair is compared with the last pair at least kRecordingSpanUs before
// it: the time between the two onsets must agree within kRecordingTempo. Copies agree nearly
// everywhere. Two performances agree here and there, whatever their lengths: docs/overlap.md has
// the figures. Where the music begins, and which notes are missing, makes no difference.

#include "corpus/matching/pitch_grams.h"

namespace pno::corpus {

// Copies share this much of their grams (MusicMatch::share).
inline constexpr double kRecordingShare = 0.9;
inline constexpr double kRecordingTempo = 0.01;
inline constexpr std::int64_t kRecordingSpanUs = 5'000'000;
// The part of the pairs that must agree: a gram that repeats may be paired wrongly.
inline constexpr double kRecordingAgreement = 0.9;

// The part of the paired onsets that agree, 0..1; 0 if there are fewer than kLeastOnsetPairs pairs.
// The span is at most half of the music, so that short pieces are compared, too.
inline constexpr std::size_t kLeastOnsetPairs = 8;
double onset_agreement(const PieceOnsets& a, const PieceOnsets& b);

// For two pieces that share `share` of their grams.
bool is_same_recording(const PieceOnsets& a, const PieceOnsets& b, double share);

}  // namespace pno::corpus
