#include "live/performer.h"

#include <algorithm>

#include "live/priority.h"

namespace pno::live {
namespace {

constexpr std::int64_t kLongestWait_us = 20'000;
constexpr double kSlowest = 0.25, kFastest = 4;

}  // namespace

Performer::Performer(MidiOutput& output, const Options& options)
    : options_(options), playback_(output, options.period_us) {}

Performer::~Performer() {
  stop();
}

void Performer::add(std::span<const MidiMessage> messages, std::int64_t known_us) {
  const std::lock_guard lock(mutex_);
  playback_.add(clock_.now_us(), messages, known_us);
  wake_.post();
}

void Performer::complete() {
  const std::lock_guard lock(mutex_);
  playback_.complete();
}

void Performer::start() {
  {
    const std::lock_guard lock(mutex_);
    playback_.set_tempo(0, options_.tempo);
    playback_.seek(clock_.now_us(), options_.from_us);
    playback_.resume(clock_.now_us());
  }
  thread_ = std::thread([this] { run(); });
}

void Performer::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  wanted_.notify_all();
  wake_.post();
  if (thread_.joinable()) thread_.join();
}

void Performer::toggle_pause() {
  const std::lock_guard lock(mutex_);
  const auto now_us = clock_.now_us();
  if (playback_.is_paused()) {
    playback_.resume(now_us);
  } else {
    playback_.pause(now_us);
  }
  wake_.post();
}

void Performer::seek_by(std::int64_t us) {
  const std::lock_guard lock(mutex_);
  const auto now_us = clock_.now_us();
  playback_.seek(now_us, playback_.position_us(now_us) + us);
  wake_.post();
}

void Performer::scale_tempo(double factor) {
  const std::lock_guard lock(mutex_);
  playback_.set_tempo(clock_.now_us(), std::clamp(playback_.tempo() * factor, kSlowest, kFastest));
  wake_.post();
}

bool Performer::wait_until_wanted(std::int64_t ahead_us) {
  std::unique_lock lock(mutex_);
  wanted_.wait(lock, [&] {
    return is_stopped_ || playback_.length_us() - playback_.position_us(clock_.now_us()) < ahead_us;
  });
  return !is_stopped_;
}

Performer::State Performer::state() const {
  const std::lock_guard lock(mutex_);
  const auto now_us = clock_.now_us();
  return {.position_us = playback_.position_us(now_us),
          .length_us = playback_.length_us(),
          .tempo = playback_.tempo(),
          .is_paused = playback_.is_paused(),
          .is_complete = playback_.is_complete(),
          .is_done = playback_.is_done(now_us) && !playback_.is_paused()};
}

Performer::Figures Performer::figures() const {
  const std::lock_guard lock(mutex_);
  return {.notes = playback_.notes(),
          .late_notes = playback_.late_notes(),
          .waits = playback_.waits(),
          .median_ms = playback_.delays().percentile_ms(0.5),
          .p95_ms = playback_.delays().percentile_ms(0.95)};
}

void Performer::copy_messages(std::size_t first, std::vector<MidiMessage>& into) const {
  const std::lock_guard lock(mutex_);
  const auto& messages = playback_.messages();
  into.insert(into.end(), messages.begin() + static_cast<std::ptrdiff_t>(first), messages.end());
}

void Performer::run() noexcept {
  use_real_time_priority();  // if it is granted
  while (true) {
    std::int64_t wait_us = kLongestWait_us;
    {
      const std::lock_guard lock(mutex_);
      const auto now_us = clock_.now_us();
      playback_.play(now_us);
      if (is_stopped_) break;
      if (const auto next_us = playback_.next_us(); next_us != INT64_MAX) {
        wait_us = std::clamp<std::int64_t>(next_us - clock_.now_us(), 0, kLongestWait_us);
      }
    }
    wanted_.notify_all();
    wake_.wait(wait_us);
  }
  const std::lock_guard lock(mutex_);
  playback_.stop();
}

}  // namespace pno::live
