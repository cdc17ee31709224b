#pragma once

// The end of a track chunk whose length may be wrong: converters, recorders that never come back
// to fill it in, and damaged bytes leave lengths that are too long, too short or zero.

#include <cstddef>
#include <span>

namespace pno::midi {

inline constexpr std::size_t kChunkHeadBytes = 8;  // a name of four characters, a length

// This many events in a row are not chance: random bytes can seldom be read as so many.
inline constexpr int kSureMessages = 8;

// True if `bytes` begin with four printable characters and a length, as a chunk of any kind does.
bool begins_named(std::span<const std::byte> bytes);

// True if `bytes` begin with the head of a track.
bool begins_track(std::span<const std::byte> bytes);

// True if `bytes` begin with a header "MThd" that could begin a file: at least six bytes long, with
// a division that is not 0.
bool begins_file(std::span<const std::byte> bytes);

// The position of the next head of a track or a file, from `from` on; bytes.size() if there is
// neither.
std::size_t find_next_head(std::span<const std::byte> bytes, std::size_t from);

// The bytes of a track. `bytes` is everything after the head of its chunk up to the end of the
// file, `declared` the length that the head says, perhaps more than there is.
//
// The declared length is right if another chunk or the end of the file follows, and no head is
// within. Else the events are walked, and the track ends with the first of
// - an End of Track at the declared length or beyond it, or one that a head or the end of the file
//   follows;
// - the head of a track or file in place of an event.
// If the events lead to neither, they are followed as far as they can be read; at least
// kSureMessages of them must lie beyond the declared length, else that holds.
std::size_t track_size(std::span<const std::byte> bytes, std::size_t declared);

// True if the bytes after an End of Track are events of the same track: they can be read to their
// end or to another End of Track, or are at least kSureMessages events of which the last is cut.
bool is_more_of_track(std::span<const std::byte> bytes);

// The position at which events begin again after the event at the start of `bytes`, which could not
// be read; at least 1. There, a delta of one byte and kSureMessages events follow whose data bytes
// are below 128, or fewer and an End of Track that ends `bytes`. bytes.size() if there is none.
// O(bytes that are passed over).
std::size_t find_next_event(std::span<const std::byte> bytes);

}  // namespace pno::midi
