#include "midi/track_events.h"

#include <algorithm>
#include <limits>

namespace pno::midi {
namespace {

// Upper four bits of a status byte.
enum ChannelMessage : std::uint8_t {
  kNoteOff = 0x8,
  kNoteOn = 0x9,
  kKeyPressure = 0xA,
  kControlChange = 0xB,
  kProgramChange = 0xC,
  kChannelPressure = 0xD,
  kPitchBend = 0xE,
};

constexpr std::uint8_t kSystemExclusive = 0xF0;
constexpr std::uint8_t kEscape = 0xF7;  // also the continuation of a SysEx
constexpr std::uint8_t kMeta = 0xFF;

constexpr std::uint8_t kMetaTrackName = 0x03;
constexpr std::uint8_t kMetaEndOfTrack = 0x2F;
constexpr std::uint8_t kMetaTempo = 0x51;

constexpr std::uint8_t kSustain = 64;
constexpr std::uint8_t kSostenuto = 66;
constexpr std::uint8_t kAllSoundOff = 120;
constexpr std::uint8_t kAllNotesOff = 123;
constexpr std::uint8_t kPedalDown = 64;  // from this value on

// More of a track's name is cut off.
constexpr std::size_t kLongestTrackName = 200;

// Numbers of presses are 32 bits wide.
constexpr std::int64_t kMostNotes = std::numeric_limits<std::uint32_t>::max() - 1;

}  // namespace

TrackReader::TrackReader(const ReadOptions& options, Oddities& oddities)
    : notes_left_(std::clamp<std::int64_t>(options.max_notes, 0, kMostNotes)),
      max_notes_(notes_left_),
      oddities_(oddities) {}

Expected<void> TrackReader::read(std::span<const std::byte> track, SongEvents& song) {
  song_ = &song;
  song.track_names.emplace_back();
  tick_ = 0;
  program_.fill(kProgramUnset);
  pedal_ = {};
  all_notes_off_.clear();
  // About what performances need; two bytes of memory for one of the file.
  constexpr std::size_t kFileBytesOfNote = 12;
  if (song.presses.empty()) song.presses.reserve(track.size() / kFileBytesOfNote);

  ByteCursor bytes(track);
  switch (read_events(bytes)) {
    case Ending::end_of_track:
      oddities_.bytes_after_end += static_cast<std::int64_t>(bytes.remaining());
      break;
    case Ending::no_more_bytes:
      ++oddities_.missing_end_of_track;
      break;
    case Ending::cut:
      oddities_.truncated = true;
      break;
    case Ending::unreadable:
      ++oddities_.unreadable_tracks;
      break;
    case Ending::too_many_notes:
      return fail("has more than {} notes, the most that is allowed", max_notes_);
  }
  release_held_keys();
  song.end_tick = std::max(song.end_tick, tick_);
  song.press_ends.push_back(song.presses.size());
  return {};
}

// Running status: a message that begins with a data byte has the status of the channel message
// before it. Meta events and SysEx should end that; in real files they do not.
TrackReader::Ending TrackReader::read_events(ByteCursor& bytes) {
  std::uint8_t running_status = 0;
  while (!bytes.empty()) {
    std::uint32_t delta = 0;
    if (const auto read = bytes.take_vlq(delta); read != ByteCursor::Vlq::ok) {
      return read == ByteCursor::Vlq::cut ? Ending::cut : Ending::unreadable;
    }
    if (bytes.empty()) return Ending::cut;
    tick_ += delta;

    std::uint8_t status = running_status;
    if (bytes.peek() >= 0x80) {
      status = bytes.take();
      if (status >= kSystemExclusive) {
        const Ending ending =
            status == kMeta ? read_meta_event(bytes) : skip_system_event(bytes, status);
        if (ending != Ending::no_more_bytes) return ending;
        continue;
      }
      running_status = status;
    } else if (status == 0) {
      return Ending::unreadable;
    }

    const auto channel = static_cast<std::uint8_t>(status & 0xF);
    const auto message = static_cast<std::uint8_t>(status >> 4);
    if (message == kProgramChange || message == kChannelPressure) {
      if (bytes.empty()) return Ending::cut;
      const std::uint8_t data = bytes.take();
      if (message == kProgramChange) read_program_change(channel, data);
      continue;
    }
    if (bytes.remaining() < 2) return Ending::cut;
    const std::uint8_t first = bytes.take();
    const std::uint8_t second = bytes.take();
    if (message == kControlChange) {
      control(channel, first, second);
    } else if (message == kNoteOn && second > 0) {
      if (notes_left_ == 0) return Ending::too_many_notes;
      strike(channel, first, second);
    } else if (message == kNoteOn || message == kNoteOff) {
      release(channel, first);
    }
  }
  return Ending::no_more_bytes;
}

// FF type length bytes. The ending is no_more_bytes if the track continues.
TrackReader::Ending TrackReader::read_meta_event(ByteCursor& bytes) {
  if (bytes.empty()) return Ending::cut;
  const std::uint8_t type = bytes.take();
  std::uint32_t length = 0;
  if (const auto read = bytes.take_vlq(length); read != ByteCursor::Vlq::ok) {
    return read == ByteCursor::Vlq::cut ? Ending::cut : Ending::unreadable;
  }
  if (length > bytes.remaining()) return Ending::cut;
  if (type == kMetaTempo && length == 3) {
    std::int64_t us_per_quarter = 0;
    for (int i = 0; i < 3; ++i) us_per_quarter = us_per_quarter << 8 | bytes.take();
    if (us_per_quarter > 0) {
      song_->tempo_changes.push_back({tick_, us_per_quarter});
    } else {
      ++oddities_.zero_tempos;
    }
    return Ending::no_more_bytes;
  }
  if (type == kMetaTrackName && song_->track_names.back().empty()) {
    ByteCursor text = bytes;
    auto& name = song_->track_names.back();
    name.resize(std::min<std::size_t>(length, kLongestTrackName));
    for (char& letter : name) letter = static_cast<char>(text.take());
  }
  bytes.skip(length);
  return type == kMetaEndOfTrack ? Ending::end_of_track : Ending::no_more_bytes;
}

// SysEx, its continuations and escapes (F0 or F7, length, bytes) are passed over whole. The other
// system messages belong on a wire and not in a file, but some recorders leave them there.
TrackReader::Ending TrackReader::skip_system_event(ByteCursor& bytes, std::uint8_t status) {
  std::uint32_t length = 0;
  if (status == kSystemExclusive || status == kEscape) {
    if (const auto read = bytes.take_vlq(length); read != ByteCursor::Vlq::ok) {
      return read == ByteCursor::Vlq::cut ? Ending::cut : Ending::unreadable;
    }
  } else {
    constexpr std::uint8_t kTimeCode = 0xF1, kSongPosition = 0xF2, kSongSelect = 0xF3;
    if (status == kTimeCode || status == kSongSelect) length = 1;
    if (status == kSongPosition) length = 2;
    ++oddities_.wire_messages;
  }
  if (length > bytes.remaining()) return Ending::cut;
  bytes.skip(length);
  return Ending::no_more_bytes;
}

void TrackReader::read_program_change(std::uint8_t channel, std::uint8_t program) {
  if (program > 127) return;
  program_[channel] = program;
  song_->program_changes.push_back({tick_, channel, program});
}

inline void TrackReader::strike(std::uint8_t channel, std::uint8_t pitch, std::uint8_t velocity) {
  if (channel == kDrumChannel) {
    ++oddities_.drum_notes;
    return;
  }
  if (pitch > 127) {
    ++oddities_.out_of_range_notes;
    return;
  }
  auto& presses = song_->presses;
  presses.push_back({.start_tick = tick_,
                     .pitch = pitch,
                     .velocity = std::min<std::uint8_t>(velocity, 127),
                     .channel = channel,
                     .program = program_[channel]});
  --notes_left_;
  ++held_count_;
  const auto number = static_cast<std::uint32_t>(presses.size());
  HeldKey& key = held(channel, pitch);
  if (key.first == 0) {
    key.first = number;
  } else {
    presses[key.last - 1].end_tick = number;
  }
  key.last = number;
}

inline void TrackReader::release(std::uint8_t channel, std::uint8_t pitch) {
  if (channel == kDrumChannel || pitch > 127) return;
  HeldKey& key = held(channel, pitch);
  if (key.first == 0) {
    ++oddities_.stray_note_offs;
    return;
  }
  KeyPress& press = song_->presses[key.first - 1];
  key.first = static_cast<std::uint32_t>(press.end_tick);
  press.end_tick = tick_;
  --held_count_;
}

inline void TrackReader::control(std::uint8_t channel, std::uint8_t controller,
                                 std::uint8_t value) {
  if (controller == kSustain || controller == kSostenuto) {
    const auto kind = controller == kSustain ? Pedal::Kind::sustain : Pedal::Kind::sostenuto;
    const auto state = value >= kPedalDown ? PedalState::down : PedalState::up;
    PedalState& before = pedal_[static_cast<std::size_t>(kind)][channel];
    if (state == before) return;
    before = state;
    song_->pedal_moves.push_back({tick_, kind, channel, state == PedalState::down});
  } else if (controller == kAllNotesOff || controller == kAllSoundOff) {
    all_notes_off_.push_back({tick_, channel});
  }
}

// What no NOTE_OFF ended ends at the next All Notes Off of its channel, else with the track.
void TrackReader::release_held_keys() {
  if (held_count_ == 0) return;
  oddities_.notes_without_end += held_count_;
  held_count_ = 0;
  std::array<std::vector<std::int64_t>, kChannels> off_ticks;
  for (const AllNotesOff& off : all_notes_off_) off_ticks[off.channel].push_back(off.tick);
  for (HeldKey& key : held_) {
    while (key.first != 0) {
      KeyPress& press = song_->presses[key.first - 1];
      key.first = static_cast<std::uint32_t>(press.end_tick);
      const auto& ticks = off_ticks[press.channel];
      const auto off = std::upper_bound(ticks.begin(), ticks.end(), press.start_tick);
      press.end_tick = off != ticks.end() ? *off : tick_;
    }
  }
}

}  // namespace pno::midi
