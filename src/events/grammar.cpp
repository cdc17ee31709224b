#include "events/grammar.h"

#include <algorithm>

namespace pno::events {
namespace {

// Inserts `count` tokens from `first`.
void insert_range(std::span<std::uint64_t> mask, std::size_t first, int count) noexcept {
  const auto end = first + static_cast<std::size_t>(count);
  while (first < end) {
    const auto bit = first % 64, bits = std::min(end - first, 64 - bit);
    mask[first / 64] |= (~std::uint64_t{0} >> (64 - bits)) << bit;
    first += bits;
  }
}

}  // namespace

void Grammar::read(Token token) noexcept {
  const auto event = vocabulary_.event(token);
  switch (event.kind) {
    case Kind::note_on:
      strike(event.value);
      break;
    case Kind::note_off:
      release(event.value);
      break;
    case Kind::time_shift:
      shift(event.value);
      break;
    case Kind::velocity:
      bin_ = event.value;
      velocity_waits_ = true;
      after_ = After::other;
      break;
    default:
      return;
  }
  look_for_room();
}

void Grammar::read_given(Token token) noexcept {
  const auto event = vocabulary_.event(token);
  switch (event.kind) {
    case Kind::note_on:
      sound(event.value);
      given_.insert(event.value);
      after_ = After::other;
      break;
    case Kind::note_off:
      if (!sounding_.contains(event.value)) return;
      silence(event.value);
      after_ = After::other;
      break;
    case Kind::time_shift:
      shift(event.value);
      break;
    default:
      return;
  }
  look_for_room();
}

void Grammar::shift(int steps) noexcept {
  now_ += steps;
  after_ = steps == vocabulary_.max_shift_steps ? After::full_shift : After::shift;
  last_off_ = last_on_ = -1;
  a_note_ended_ = false;
  velocity_waits_ = false;
}

void Grammar::look_for_room() noexcept {
  int highest_silent = kPitches - 1;
  while (highest_silent >= 0 && sounding_.contains(highest_silent)) --highest_silent;
  has_room_ = highest_silent > last_on_;
  // Only a prime, or another player, leaves a VELOCITY that no NOTE_ON may follow.
  if (!has_room_) release_velocity();
}

void Grammar::sound(int pitch) noexcept {
  if (!sounding_.contains(pitch)) ++notes_;
  sounding_.insert(pitch);
  struck_at_[static_cast<std::size_t>(pitch)] = now_;
}

void Grammar::silence(int pitch) noexcept {
  sounding_.erase(pitch);
  given_.erase(pitch);
  if (--notes_ == 0) silent_since_ = now_;
  a_note_ended_ = true;
}

void Grammar::strike(int pitch) noexcept {
  sound(pitch);
  given_.erase(pitch);
  last_on_ = std::max(last_on_, pitch);
  velocity_waits_ = false;
  after_ = After::other;
}

void Grammar::release(int pitch) noexcept {
  if (!sounding_.contains(pitch)) return;
  silence(pitch);
  last_off_ = std::max(last_off_, pitch);
  after_ = After::other;
}

Fault Grammar::fault_of(Token token) const noexcept {
  const auto event = vocabulary_.event(token);
  switch (event.kind) {
    case Kind::note_on:
      return fault_of_note_on(event.value);
    case Kind::note_off:
      return fault_of_note_off(event.value);
    case Kind::time_shift:
      return fault_of_shift();
    case Kind::velocity:
      return fault_of_velocity(event.value);
    case Kind::eos:
      break;
    default:
      return Fault::piece_end;
  }
  return may_end() ? Fault::none : Fault::piece_end;
}

// The same rules as those of fault_of(), each for all of its events at once.
void Grammar::allowed(std::span<std::uint64_t> mask) const noexcept {
  const auto words = mask_words(vocabulary_.outputs());
  std::fill_n(mask.begin(), words, std::uint64_t{0});
  for (std::size_t word = 0; word < 2; ++word) {
    const auto sounding = sounding_.words()[word];
    if (bin_ >= 0) mask[word] = ~sounding & PitchSet::above(last_on_).words()[word];
    if (velocity_waits_ || last_on_ >= 0) continue;
    mask[2 + word] = sounding & ~given_.words()[word] & PitchSet::above(last_off_).words()[word];
  }
  if (!velocity_waits_ && after_ != After::shift) {
    insert_range(mask, vocabulary_.time_shift(1), vocabulary_.max_shift_steps);
  }
  if (!velocity_waits_ && has_room_) {
    insert_range(mask, vocabulary_.velocity(0), vocabulary_.velocity_bin(127) + 1);
    if (bin_ >= 0) mask_erase(mask, vocabulary_.velocity(bin_));
  }
  if (may_end()) mask_insert(mask, vocabulary_.eos());
}

Fault Grammar::fault_of_note_on(int pitch) const noexcept {
  if (sounding_.contains(pitch)) return Fault::restrike;
  if (pitch <= last_on_) return Fault::order;
  return bin_ < 0 ? Fault::velocity : Fault::none;
}

Fault Grammar::fault_of_note_off(int pitch) const noexcept {
  if (!sounding_.contains(pitch) || given_.contains(pitch)) return Fault::stray_note_off;
  if (struck_at(pitch) == now_ && last_on_ >= 0) return Fault::empty_note;
  if (last_on_ >= 0 || pitch <= last_off_) return Fault::order;
  return velocity_waits_ ? Fault::velocity : Fault::none;
}

Fault Grammar::fault_of_shift() const noexcept {
  if (velocity_waits_) return Fault::velocity;
  return after_ == After::shift ? Fault::split_shift : Fault::none;
}

Fault Grammar::fault_of_velocity(int bin) const noexcept {
  if (velocity_waits_ || bin == bin_ || !has_room_) return Fault::velocity;
  return bin > vocabulary_.velocity_bin(127) ? Fault::velocity : Fault::none;
}

}  // namespace pno::events
