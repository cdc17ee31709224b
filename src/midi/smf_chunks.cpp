#include "midi/smf_chunks.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "midi/big_endian.h"
#include "midi/track_extent.h"

namespace pno::midi {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kHeaderBytes = 6;
constexpr std::string_view kEndOfTrack("\xFF\x2F\x00", 3);

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

// "RIFF" size "RMID", then chunks with little-endian lengths, padded to even ones; the MIDI file
// is the one named "data".
Expected<Bytes> inside_riff(Bytes bytes) {
  if (bytes.size() < 12 || as_text(bytes.subspan(8, 4)) != "RMID") {
    return fail("is not a MIDI file: it is a RIFF file of another kind");
  }
  for (Bytes rest = bytes.subspan(12); rest.size() >= kChunkHeadBytes;) {
    const std::size_t length = little_endian_32(rest.subspan(4));
    const Bytes body = rest.subspan(kChunkHeadBytes);
    if (is_named(rest, "data")) return body.first(std::min(length, body.size()));
    rest = body.subspan(std::min(length + length % 2, body.size()));
  }
  return fail("is not a MIDI file: it is a RIFF file without a data chunk");
}

// Positive: ticks of a quarter note. Negative: minus the frames per second in the upper byte, ticks
// of a frame in the lower.
Expected<Division> parse_division(std::uint32_t word) {
  if (word == 0) return fail("is a MIDI file that cannot be timed: its division is 0");
  if (word < 0x8000) return Division::ticks_per_quarter(static_cast<int>(word));
  const int frames_per_s = 0x100 - static_cast<int>(word >> 8);
  const int ticks_per_frame = static_cast<int>(word & 0xFF);
  const bool known =
      frames_per_s == 24 || frames_per_s == 25 || frames_per_s == 29 || frames_per_s == 30;
  if (!known || ticks_per_frame == 0) {
    return fail("is a MIDI file that cannot be timed: its division is {} frames of {} ticks",
                frames_per_s, ticks_per_frame);
  }
  return Division::smpte(frames_per_s, ticks_per_frame);
}

// A file begins with its header. Other bytes before it (a MacBinary header, a mail, a first header
// twice) are skipped, but not those of an archive, which holds files of its own.
Expected<Bytes> from_header_on(Bytes bytes, Oddities& oddities) {
  if (is_named(bytes, "MThd")) return bytes;
  constexpr std::size_t kTarMagic = 257;
  if (is_named(bytes, "PK\x03\x04")) {
    return fail("is not a MIDI file but a zip archive: give it a name that ends in .zip");
  }
  if (bytes.size() > kTarMagic && is_named(bytes.subspan(kTarMagic), "ustar")) {
    return fail("is not a MIDI file but a tar archive: unpack it first");
  }
  std::size_t at = 0;
  while (at < bytes.size() && !begins_file(bytes.subspan(at))) {
    at = std::min(as_text(bytes).find("MThd", at + 1), bytes.size());
  }
  if (at == bytes.size()) return fail("is not a MIDI file: it has no header MThd");
  oddities.bytes_before_header = static_cast<std::int64_t>(at);
  return bytes.subspan(at);
}

// The chunks after a header. An unknown chunk with a wrong length costs no track: heads are looked
// for within.
class TrackSearch {
 public:
  TrackSearch(SmfChunks& chunks, Oddities& oddities) : chunks_(chunks), oddities_(oddities) {}

  // Stops at the header of another file, and returns the bytes from there on.
  Bytes search(Bytes bytes) {
    std::size_t at = 0, next_head = 0;
    while (at < bytes.size()) {
      const Bytes rest = bytes.subspan(at);
      if (begins_file(rest)) return rest;
      if (begins_track(rest)) {
        at += kChunkHeadBytes + take_track(rest);
        continue;
      }
      if (next_head <= at) next_head = find_next_head(bytes, at + 1);
      const std::size_t before_head = next_head - at;
      if (begins_named(rest) && chunk_size(rest) <= before_head) {
        ++oddities_.unknown_chunks;
        at += chunk_size(rest);
      } else {
        oddities_.bytes_after_end += static_cast<std::int64_t>(before_head);
        at = next_head;
      }
    }
    return {};
  }

 private:
  static std::size_t chunk_size(Bytes chunk) {
    return kChunkHeadBytes + std::size_t{big_endian(chunk.subspan(4, 4))};
  }

  std::size_t take_track(Bytes rest) {
    const std::size_t declared = chunk_size(rest) - kChunkHeadBytes;
    const Bytes body = rest.subspan(kChunkHeadBytes);
    const std::size_t size = track_size(body, declared);
    const Bytes track = body.first(size);
    chunks_.tracks.push_back(track);
    if (declared > body.size() && size == body.size() && !as_text(track).ends_with(kEndOfTrack)) {
      oddities_.truncated = true;
    } else if (size != declared) {
      ++oddities_.wrong_track_lengths;
    }
    return size;
  }

  SmfChunks& chunks_;
  Oddities& oddities_;
};

// True if the header says its own length rightly: no head is within.
bool is_right_length(Bytes header, std::size_t length) {
  return length >= kHeaderBytes && length <= header.size() &&
         find_next_head(header.first(length), kHeaderBytes) == length;
}

}  // namespace

Expected<SmfChunks> find_chunks(Bytes bytes, Oddities& oddities) {
  if (bytes.empty()) return fail("is not a MIDI file: it is empty");
  if (is_named(bytes, "RIFF")) {
    oddities.rmi = true;
    PNO_TRY(bytes, inside_riff(bytes));
  }
  PNO_TRY(bytes, from_header_on(bytes, oddities));
  while (true) {
    if (bytes.size() < kChunkHeadBytes + kHeaderBytes) {
      return fail("is not a MIDI file: it ends within its header");
    }
    const std::size_t length = big_endian(bytes.subspan(4, 4));
    const Bytes header = bytes.subspan(kChunkHeadBytes);

    const bool right_length = is_right_length(header, length);
    SmfChunks chunks;
    Oddities found = oddities;
    const Bytes rest =
        TrackSearch(chunks, found).search(header.subspan(right_length ? length : kHeaderBytes));
    if (chunks.tracks.empty() && !rest.empty()) {  // a header twice: the second counts
      oddities.bytes_before_header += static_cast<std::int64_t>(bytes.size() - rest.size());
      bytes = rest;
      continue;
    }
    if (chunks.tracks.empty() && length < kHeaderBytes) {
      return fail("is not a MIDI file: its header is {} bytes long", length);
    }
    oddities = found;
    oddities.wrong_header_length = !right_length;
    chunks.format = static_cast<int>(big_endian(header.first(2)));
    if (chunks.format > 2) {
      if (chunks.tracks.empty()) {
        return fail("is not a MIDI file that pno knows: its format is {}, not 0, 1 or 2",
                    chunks.format);
      }
      oddities.unknown_format = true;
      chunks.format = 1;
    }
    chunks.division_word = big_endian(header.subspan(4, 2));
    PNO_TRY(chunks.division, parse_division(chunks.division_word));
    oddities.appended_files = rest.empty() ? 0 : 1;
    const std::size_t announced = big_endian(header.subspan(2, 2));
    oddities.wrong_track_count = announced != chunks.tracks.size();
    return chunks;
  }
}

}  // namespace pno::midi
