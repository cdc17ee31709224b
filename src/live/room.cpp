#include "live/room.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <new>

#include "live/priority.h"

namespace pno::live {
namespace {

constexpr std::int64_t kLongestWait_us = 20'000;
constexpr std::int64_t kShortestWait_us = 500;  // of the thinker, if the player's queue is full
constexpr int kThinkerNice = -11;  // as sound servers have; the player's thread is above it

}  // namespace

Room::Room(Pianist& pianist, MidiOutput& output, const RoomOptions& options)
    : options_(options),
      clock_(options.speed),
      player_(options.player, output, *this),
      duet_(pianist, options.duet, *this) {}

Room::~Room() {
  stop();
}

void Room::start() {
  player_thread_ = std::thread([this] { run_player(); });
  thinker_thread_ = std::thread([this] { run_thinker(); });
}

void Room::stop() {
  stopping_.store(true);
  wake_thinker_.post();
  if (thinker_thread_.joinable()) thinker_thread_.join();
  wake_player_.post();
  if (player_thread_.joinable()) player_thread_.join();
}

void Room::receive(std::span<const std::uint8_t> bytes) noexcept {
  const std::int64_t now_us = clock_.now_us();
  bool any = false;
  for (const std::uint8_t byte : bytes) {
    const auto message = parser_.read(byte, now_us);
    if (!message) continue;
    any = true;
    if (!to_player_.push(*message)) {
      player_lost_keys_.store(true);
      ++figures_.lost_messages;
    }
    if (!to_thinker_.push(*message)) {
      thinker_lost_keys_.store(true);
      ++figures_.lost_messages;
    }
  }
  if (!any) return;
  wake_player_.post();
  wake_thinker_.post();
}

void Room::release_keys() noexcept {
  player_lost_keys_.store(true);
  thinker_lost_keys_.store(true);
  wake_player_.post();
  wake_thinker_.post();
}

void Room::end_all_notes() noexcept {
  all_end_asked_.store(true);
  wake_player_.post();
}

void Room::take_over() noexcept {
  takeover_asked_.store(true);
  wake_thinker_.post();
}

std::optional<std::string> Room::failure() const {
  if (!thinker_failed_.load()) return std::nullopt;
  return failure_;
}

void Room::log(const RoomEvent& event) noexcept {
  if (!events_.push(event)) ++figures_.lost_messages;
}

// The rest runs on the player's thread.

void Room::hear_all() noexcept {
  while (const auto message = to_player_.pop()) {
    player_.hear(*message);
    figures_.monitor.add(clock_.real_us(clock_.now_us() - message->time_us));
    if (message->is_note_on()) ++figures_.notes_in;
    log({.time_us = message->time_us, .kind = RoomEvent::Kind::heard, .message = *message});
  }
}

void Room::run_player() noexcept {
  has_priority_.store(use_real_time_priority());
  player_.start();
  while (true) {
    hear_all();
    if (player_lost_keys_.exchange(false)) player_.release_keys();
    if (all_end_asked_.exchange(false)) {
      player_.stop(clock_.now_us());
      player_.start();
    }
    if (thinker_failed_.load()) player_.interrupt(clock_.now_us());
    while (player_.has_room()) {
      const auto event = plans_.pop();
      if (!event) break;
      player_.plan(*event);
    }
    player_.play(clock_.now_us());
    if (stopping_.load()) break;
    std::int64_t wait_us = kLongestWait_us;
    if (player_.next_due_us() != Player::kNever) {
      wait_us = std::min(wait_us, clock_.real_us(player_.next_due_us() - clock_.now_us()));
    }
    wake_player_.wait(wait_us);
  }
  hear_all();
  player_.stop(clock_.now_us());
  figures_.stuck_notes.store(player_.sounding_notes());
}

void Room::played(const PlayedEvent& event) noexcept {
  using Kind = PlayedEvent::Kind;
  const std::int64_t now_us = clock_.now_us();
  if (!reports_.push(event)) ++figures_.lost_messages;
  wake_thinker_.post();
  RoomEvent seen{.time_us = event.time_us, .sent_us = now_us};
  switch (event.kind) {
    case Kind::began:
      seen.kind = RoomEvent::Kind::began;
      is_answering_.store(true);
      asked_us_ = event.asked_us;
      is_first_note_ = true;
      ++figures_.turns;
      break;
    case Kind::note_on:
      seen.kind = RoomEvent::Kind::note_on;
      seen.message = MidiMessage::note_on(now_us, event.pitch, event.velocity);
      ++figures_.notes_out;
      if (is_first_note_) figures_.first_note.add(clock_.real_us(now_us - asked_us_));
      is_first_note_ = false;
      break;
    case Kind::note_off:
      seen.kind = RoomEvent::Kind::note_off;
      seen.message = MidiMessage::note_off(now_us, event.pitch);
      break;
    case Kind::ended:
      seen.kind = RoomEvent::Kind::ended;
      is_answering_.store(false);
      break;
    case Kind::interrupted:
      seen.kind = RoomEvent::Kind::interrupted;
      is_answering_.store(false);
      ++figures_.interruptions;
      figures_.interruption.add(clock_.real_us(now_us - event.time_us));
      break;
  }
  log(seen);
}

void Room::sent(std::int64_t late_us) noexcept {
  const std::int64_t real_us = clock_.real_us(late_us);
  figures_.jitter.add(real_us);
  if (real_us > options_.period_us) ++figures_.late_notes;
}

// The rest runs on the thinker's thread.

bool Room::plan(const PlannedEvent& event) {
  if (!plans_.push(event)) return false;
  intents_.push(event);  // a view that does not read them loses some
  wake_player_.post();
  return true;
}

void Room::think_until_stopped() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    while (const auto event = reports_.pop()) duet_.played(*event);
    while (const auto message = to_thinker_.pop()) duet_.hear(*message);
    const std::int64_t now_us = clock_.now_us();
    if (thinker_lost_keys_.exchange(false)) duet_.lost_messages(now_us);
    if (takeover_asked_.exchange(false)) duet_.take_over(now_us);
    if (duet_.think(now_us)) continue;
    std::int64_t wait_us = kLongestWait_us;
    const std::int64_t next_us = duet_.next_us(now_us);
    if (next_us != Duet::kNever) {
      wait_us = std::clamp(clock_.real_us(next_us - now_us), kShortestWait_us, kLongestWait_us);
    }
    wake_thinker_.wait(wait_us);
  }
}

void Room::run_thinker() noexcept {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kThinkerNice);  // if it is granted
  try {
    think_until_stopped();
    return;
  } catch (const std::bad_alloc&) {
    failure_ = "there is not enough memory";
  } catch (const std::exception& failure) {
    failure_ = failure.what();
  }
  thinker_failed_.store(true);
  wake_player_.post();
}

}  // namespace pno::live
