#include "midi/smf_chunks.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace pno::midi {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kChunkHeadBytes = 8;
constexpr std::size_t kHeaderBytes = 6;

std::uint32_t big_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint32_t>(b);
  return value;
}

std::uint32_t little_endian_32(Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_named(Bytes chunk, std::string_view name) {
  return as_text(chunk).starts_with(name);
}

// Chunk names are four printable characters.
bool has_name(Bytes chunk) {
  return std::all_of(chunk.begin(), chunk.begin() + 4,
                     [](std::byte b) { return b >= std::byte{0x20} && b < std::byte{0x7F}; });
}

// "RIFF" size "RMID", then chunks with little-endian lengths, padded to even ones; the MIDI file
// is the one named "data".
Expected<Bytes> inside_riff(Bytes bytes) {
  if (bytes.size() < 12 || as_text(bytes.subspan(8, 4)) != "RMID") {
    return fail("is no MIDI file: it is a RIFF file of another kind");
  }
  for (Bytes rest = bytes.subspan(12); rest.size() >= kChunkHeadBytes;) {
    const std::size_t length = little_endian_32(rest.subspan(4));
    const Bytes body = rest.subspan(kChunkHeadBytes);
    if (is_named(rest, "data")) return body.first(std::min(length, body.size()));
    rest = body.subspan(std::min(length + length % 2, body.size()));
  }
  return fail("is no MIDI file: it is a RIFF file without a data chunk");
}

// Positive: ticks of a quarter note. Negative: minus the frames per second in the upper byte, ticks
// of a frame in the lower.
Expected<Division> parse_division(std::uint32_t word) {
  if (word == 0) return fail("is no MIDI file that can be timed: its division is 0");
  if (word < 0x8000) return Division::ticks_per_quarter(static_cast<int>(word));
  const int frames_per_s = 0x100 - static_cast<int>(word >> 8);
  const int ticks_per_frame = static_cast<int>(word & 0xFF);
  const bool known =
      frames_per_s == 24 || frames_per_s == 25 || frames_per_s == 29 || frames_per_s == 30;
  if (!known || ticks_per_frame == 0) {
    return fail("is no MIDI file that can be timed: its division is {} frames of {} ticks",
                frames_per_s, ticks_per_frame);
  }
  return Division::smpte(frames_per_s, ticks_per_frame);
}

void find_tracks(Bytes rest, SmfChunks& chunks, Oddities& oddities) {
  while (!rest.empty()) {
    if (rest.size() >= kChunkHeadBytes) {
      const bool is_track = is_named(rest, "MTrk");
      const std::size_t length = big_endian(rest.subspan(4, 4));
      const Bytes body = rest.subspan(kChunkHeadBytes);
      const bool fits = length <= body.size();
      if (is_track || (fits && has_name(rest))) {
        const Bytes inside = body.first(std::min(length, body.size()));
        if (is_track) {
          chunks.tracks.push_back(inside);
          oddities.truncated |= !fits;
        } else {
          ++oddities.unknown_chunks;
        }
        rest = body.subspan(inside.size());
        continue;
      }
    }
    const std::size_t next_track = std::min(as_text(rest).find("MTrk", 1), rest.size());
    oddities.bytes_after_end += static_cast<std::int64_t>(next_track);
    rest = rest.subspan(next_track);
  }
}

}  // namespace

Expected<SmfChunks> find_chunks(Bytes bytes, Oddities& oddities) {
  if (bytes.empty()) return fail("is no MIDI file: it is empty");
  if (is_named(bytes, "RIFF")) {
    oddities.rmi = true;
    PNO_TRY(bytes, inside_riff(bytes));
  }
  if (!is_named(bytes, "MThd")) return fail("is no MIDI file: it does not begin with MThd");
  if (bytes.size() < kChunkHeadBytes + kHeaderBytes) {
    return fail("is no MIDI file: it ends within its header");
  }
  const std::size_t length = big_endian(bytes.subspan(4, 4));
  const Bytes header = bytes.subspan(kChunkHeadBytes);
  if (length < kHeaderBytes) return fail("is no MIDI file: its header is {} bytes long", length);

  SmfChunks chunks;
  chunks.format = static_cast<int>(big_endian(header.first(2)));
  if (chunks.format > 2) {
    return fail("is no MIDI file that pno knows: its format is {}, not 0, 1 or 2", chunks.format);
  }
  PNO_TRY(chunks.division, parse_division(big_endian(header.subspan(4, 2))));

  find_tracks(header.subspan(std::min(length, header.size())), chunks, oddities);
  const std::size_t announced = big_endian(header.subspan(2, 2));
  oddities.wrong_track_count = announced != chunks.tracks.size();
  return chunks;
}

}  // namespace pno::midi
