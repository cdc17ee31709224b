#include "live/live_encoder.h"

#include <algorithm>
#include <cmath>

namespace pno::live {

using events::Token;

std::int64_t LiveEncoder::step_of(std::int64_t time_us) const noexcept {
  const double steps = static_cast<double>(time_us - origin_us_) / vocabulary_.step_us();
  return static_cast<std::int64_t>(std::floor(steps + 0.5));
}

void LiveEncoder::enter(std::int64_t time_us) {
  if (origin_us_ < 0) origin_us_ = time_us;
  const std::int64_t step = step_of(time_us);
  while (step > open_ && !(offs_.empty() && ons_.empty() && offs_after_.empty())) {
    write_step(complete_);
  }
  open_ = std::max(open_, step);
}

void LiveEncoder::end(int pitch) {
  if (!sounding_.contains(pitch)) return;
  if (ons_.contains(pitch)) {
    offs_after_.insert(pitch);
  } else {
    offs_.insert(pitch);
  }
  sounding_.erase(pitch);
}

void LiveEncoder::strikes(std::int64_t time_us, int pitch, int velocity) {
  enter(time_us);
  auto& waiting = velocities_[static_cast<std::size_t>(pitch)];
  if (ons_.contains(pitch)) {  // twice in one step: one note, as loud as the louder
    offs_after_.erase(pitch);
    waiting = std::max(waiting, static_cast<std::uint8_t>(velocity));
  } else {
    end(pitch);
    ons_.insert(pitch);
    waiting = static_cast<std::uint8_t>(velocity);
  }
  sounding_.insert(pitch);
  ringing_.erase(pitch);
}

void LiveEncoder::ends(std::int64_t time_us, int pitch) {
  if (!sounding_.contains(pitch)) return;
  enter(time_us);
  end(pitch);
  ringing_.erase(pitch);
}

void LiveEncoder::key_down(std::int64_t time_us, int pitch, int velocity) {
  strikes(time_us, pitch, velocity);
  down_.insert(pitch);
}

void LiveEncoder::key_up(std::int64_t time_us, int pitch) {
  if (!down_.contains(pitch)) return;
  down_.erase(pitch);
  if (pedal_) {
    ringing_.insert(pitch);
  } else {
    ends(time_us, pitch);
  }
}

void LiveEncoder::pedal(std::int64_t time_us, bool down) {
  pedal_ = down;
  if (down) return;
  ringing_.for_each([&](int pitch) { ends(time_us, pitch); });
  ringing_.clear();
}

void LiveEncoder::all_up(std::int64_t time_us) {
  pedal(time_us, /*down=*/false);
  down_.for_each([&](int pitch) { key_up(time_us, pitch); });
}

void LiveEncoder::write_shifts(std::int64_t steps, std::vector<Token>& into) const {
  while (steps > 0) {
    const auto shift = std::min<std::int64_t>(steps, vocabulary_.max_shift_steps);
    into.push_back(vocabulary_.time_shift(static_cast<int>(shift)));
    steps -= shift;
  }
}

// Writes the step that is open, and opens the next.
void LiveEncoder::write_step(std::vector<Token>& into) {
  if (!offs_.empty() || !ons_.empty()) {
    write_shifts(open_ - written_, into);
    written_ = open_;
    offs_.for_each([&](int pitch) { into.push_back(vocabulary_.note_off(pitch)); });
    ons_.for_each([&](int pitch) {
      const int bin = vocabulary_.velocity_bin(velocities_[static_cast<std::size_t>(pitch)]);
      if (bin != bin_) into.push_back(vocabulary_.velocity(bin));
      bin_ = bin;
      into.push_back(vocabulary_.note_on(pitch));
    });
  }
  offs_ = offs_after_;
  ons_.clear();
  offs_after_.clear();
  ++open_;
}

void LiveEncoder::flush(std::int64_t now_us, std::vector<Token>& into) {
  into.insert(into.end(), complete_.begin(), complete_.end());
  complete_.clear();
  if (origin_us_ < 0) return;
  const std::int64_t now = step_of(now_us);
  while (open_ < now && flush_due_us() >= 0) write_step(into);
}

void LiveEncoder::flush_all(std::int64_t now_us, std::vector<Token>& into) {
  flush(now_us, into);
  while (flush_due_us() >= 0) write_step(into);
}

std::int64_t LiveEncoder::flush_due_us() const noexcept {
  if (!complete_.empty()) return origin_us_;
  if (offs_.empty() && ons_.empty() && offs_after_.empty()) return -1;
  const double end_us = (static_cast<double>(open_) + 0.5) * vocabulary_.step_us();
  return origin_us_ + static_cast<std::int64_t>(std::ceil(end_us));
}

void LiveEncoder::shift_to(std::int64_t now_us, std::vector<Token>& into) {
  if (origin_us_ < 0) return;
  const std::int64_t now = std::max(step_of(now_us), open_);
  write_shifts(now - written_, into);
  written_ = open_ = now;
}

}  // namespace pno::live
