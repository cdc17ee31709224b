#include "midi/track_events.h"

#include <algorithm>

#include "midi/big_endian.h"
#include "midi/lost_note_offs.h"
#include "midi/mode_reset.h"
#include "midi/track_walk.h"

namespace pno::midi {
namespace {

// Upper four bits of a status byte.
enum ChannelMessage : std::uint8_t {
  kNoteOff = 0x8,
  kNoteOn = 0x9,
  kControlChange = 0xB,
  kProgramChange = 0xC,
};

constexpr std::uint8_t kMetaTrackName = 0x03;
// More of a track's name is cut off.
constexpr std::size_t kLongestTrackName = 200;
constexpr std::uint8_t kMetaPort = 0x21;
constexpr std::uint8_t kMetaTempo = 0x51;

constexpr std::uint8_t kBankSelect = 0;
constexpr std::uint8_t kSustain = 64;
constexpr std::uint8_t kSostenuto = 66;
constexpr std::uint8_t kAllSoundOff = 120;
constexpr std::uint8_t kResetAllControllers = 121;
constexpr std::uint8_t kAllNotesOff = 123;
constexpr std::uint8_t kPedalDown = 64;  // from this value on

// Numbers of presses are 32 bits wide.
constexpr std::int64_t kMostNotes = std::numeric_limits<std::uint32_t>::max() - 1;

// Bank select MSB: 120 is for the drums of GM 2, 126 and 127 for those of XG. Roland's GS has other
// instruments in 126 and 127.
bool is_drum_bank(std::uint8_t bank, bool roland) {
  return bank == 120 || (!roland && (bank == 126 || bank == 127));
}

}  // namespace

TrackReader::TrackReader(const ReadOptions& options, const Division& division, Oddities& oddities)
    : notes_left_(std::clamp<std::int64_t>(options.max_notes, 0, kMostNotes)),
      max_notes_(notes_left_),
      delta_(division),
      oddities_(oddities) {}

Expected<void> TrackReader::read(std::span<const std::byte> track, SongEvents& song) {
  song_ = &song;
  song.track_names.emplace_back();
  tick_ = 0;
  first_line_ = 0;
  program_.fill(kProgramUnset);
  bank_.fill(0);
  pedal_ = {};
  all_notes_off_.clear();
  // About as many as performances need; two bytes of memory for one of the file.
  constexpr std::size_t kFileBytesOfNote = 12;
  if (song.presses.empty()) song.presses.reserve(track.size() / kFileBytesOfNote);

  const TrackWalk walk = walk_track(track, *this);
  oddities_.early_ends_of_track += walk.early_ends;
  oddities_.damaged_bytes += walk.damaged_bytes;
  oddities_.bytes_after_end += walk.bytes_after_end;
  switch (walk.ending) {
    case Ending::end_of_track:
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
    case Ending::stopped:
      return fail("has more than {} notes, the most that is allowed", max_notes_);
  }
  end_held_keys();
  song.press_ends.push_back(song.presses.size());
  return {};
}

inline void TrackReader::advance(std::uint32_t delta_ticks) {
  if (delta_.is_damaged(delta_ticks)) ++oddities_.damaged_deltas;
  tick_ += delta_.ticks(delta_ticks);
}

inline bool TrackReader::channel_message(std::uint8_t status, std::uint8_t first,
                                         std::uint8_t second) {
  const auto line = static_cast<std::uint8_t>(first_line_ + (status & 0xF));
  const int message = status >> 4;
  if (message == kNoteOn && second > 0) return strike(line, first, second);
  if (message == kNoteOn || message == kNoteOff) {
    release(line, first);
  } else if (message == kControlChange) {
    control(line, first, second);
  } else if (message == kProgramChange) {
    change_program(line, first);
  }
  return true;
}

void TrackReader::meta(std::uint8_t type, std::span<const std::byte> payload) {
  if (type == kMetaTempo && payload.size() == 3) {
    const std::int64_t us_per_quarter = big_endian(payload);
    if (us_per_quarter > 0) {
      song_->tempo_changes.push_back({tick_, us_per_quarter});
    } else {
      ++oddities_.zero_tempos;
    }
  } else if (type == kMetaPort && payload.size() == 1) {
    choose_port(std::to_integer<std::uint8_t>(payload.front()));
  } else if (type == kMetaTrackName && song_->track_names.back().empty()) {
    const auto* letters = reinterpret_cast<const char*>(payload.data());
    song_->track_names.back().assign(letters, std::min(payload.size(), kLongestTrackName));
  }
}

void TrackReader::choose_port(std::uint8_t port) {
  auto known = std::find(ports_.begin(), ports_.end(), port);
  if (known == ports_.end() && ports_.size() < kPorts) {
    known = ports_.insert(ports_.end(), port);
    held_.resize(ports_.size() * kChannels * 128);
  }
  const auto number = std::min<std::ptrdiff_t>(known - ports_.begin(), kPorts - 1);
  first_line_ = static_cast<std::uint8_t>(number * static_cast<std::ptrdiff_t>(kChannels));
}

void TrackReader::system_exclusive(std::span<const std::byte> payload) {
  const ModeReset reset = mode_reset(payload);
  if (reset == ModeReset::none) return;
  roland_banks_ = reset == ModeReset::gs;
  for (std::uint8_t channel = 0; channel < kChannels; ++channel) {
    const auto line = static_cast<std::uint8_t>(first_line_ + channel);
    lift_pedals(line);
    bank_[line] = 0;
  }
}

void TrackReader::change_program(std::uint8_t line, std::uint8_t program) {
  if (program > 127) return;
  program_[line] = is_drum_bank(bank_[line], roland_banks_) ? kDrumKit : program;
  song_->program_changes.push_back({tick_, line, program_[line]});
}

// False if there are too many notes.
inline bool TrackReader::strike(std::uint8_t line, std::uint8_t pitch, std::uint8_t velocity) {
  if (notes_left_ == 0) return false;
  if (is_drum_line(line)) {
    ++oddities_.drum_notes;
    return true;
  }
  if (pitch > 127) {
    ++oddities_.out_of_range_notes;
    return true;
  }
  auto& presses = song_->presses;
  presses.push_back({.start_tick = tick_,
                     .pitch = pitch,
                     .velocity = std::min<std::uint8_t>(velocity, 127),
                     .line = line,
                     .program = program_[line]});
  --notes_left_;
  ++held_count_;
  const auto number = static_cast<std::uint32_t>(presses.size());
  HeldKey& key = held(line, pitch);
  if (key.first == 0) {
    key.first = number;
  } else {
    presses[key.last - 1].end_tick = number;
  }
  key.last = number;
  return true;
}

inline void TrackReader::release(std::uint8_t line, std::uint8_t pitch) {
  if (is_drum_line(line) || pitch > 127) return;
  HeldKey& key = held(line, pitch);
  if (key.first == 0) {
    ++oddities_.stray_note_offs;
    return;
  }
  KeyPress& press = song_->presses[key.first - 1];
  key.first = static_cast<std::uint32_t>(press.end_tick);
  press.end_tick = tick_;
  press.has_end = true;
  --held_count_;
}

inline void TrackReader::control(std::uint8_t line, std::uint8_t controller, std::uint8_t value) {
  switch (controller) {
    case kSustain:
      return move_pedal(line, Pedal::Kind::sustain, value >= kPedalDown);
    case kSostenuto:
      return move_pedal(line, Pedal::Kind::sostenuto, value >= kPedalDown);
    case kResetAllControllers:
      return lift_pedals(line);
    case kAllNotesOff:
    case kAllSoundOff:
      all_notes_off_.push_back({tick_, line});
      return;
    case kBankSelect:
      bank_[line] = value;
      return;
    default:
      return;
  }
}

inline void TrackReader::move_pedal(std::uint8_t line, Pedal::Kind kind, bool down) {
  const auto state = down ? PedalState::down : PedalState::up;
  PedalState& before = pedal_[static_cast<std::size_t>(kind)][line];
  if (state == before) return;
  before = state;
  song_->pedal_moves.push_back({tick_, kind, line, down});
}

void TrackReader::lift_pedals(std::uint8_t line) {
  move_pedal(line, Pedal::Kind::sustain, false);
  move_pedal(line, Pedal::Kind::sostenuto, false);
}

void TrackReader::end_held_keys() {
  if (held_count_ == 0) return;
  oddities_.notes_without_end += held_count_;
  held_count_ = 0;
  const std::size_t first = song_->press_ends.empty() ? 0 : song_->press_ends.back();
  recover_lost_note_offs(std::span(song_->presses).subspan(first), all_notes_off_);
  std::fill(held_.begin(), held_.end(), HeldKey{});
}

}  // namespace pno::midi
