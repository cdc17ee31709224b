#pragma once

// A person and a model at one piano. Three threads share queues without locks:
//
//   MIDI callback  receive(): time stamp, then into the queues of the other two
//   player         sends notes at their time, and the person's keys at once (live/player.h)
//   thinker        reads what is played and draws answers (live/duet.h)
//
// The callback and the player do not allocate, lock or log. Every way to the end stops the notes:
// stop(), an error of the thinker, a full queue, a lost keyboard.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/error.h"
#include "live/clock.h"
#include "live/duet.h"
#include "live/figures.h"
#include "live/midi_parser.h"
#include "live/player.h"
#include "live/spsc_queue.h"
#include "live/wake.h"

namespace pno::live {

struct RoomOptions {
  DuetOptions duet = {};
  PlayerOptions player = {};
  double speed = 1;  // of the room's clock
  std::int64_t period_us =
      kUsualPeriod_us;  // a note that is sent later than this is counted as late
};

// Something that happened, for the view and the recording.
struct RoomEvent {
  enum class Kind : std::uint8_t { heard, began, note_on, note_off, ended, interrupted };

  std::int64_t time_us = 0;  // arrival; of the model's events: when they were due
  std::int64_t sent_us = 0;  // of the model's events
  Kind kind = Kind::heard;
  MidiMessage message = {};  // heard, note_on and note_off
};

struct RoomFigures {
  Delays first_note;    // from the takeover to the first note on the port
  Delays jitter;        // of sent notes against the plan
  Delays monitor;       // from the arrival of a message to its echo
  Delays interruption;  // from the arrival of a NOTE_ON to the last NOTE_OFF of the answer
  std::atomic<std::int64_t> notes_in{0}, notes_out{0}, turns{0}, interruptions{0}, late_notes{0};
  std::atomic<std::int64_t> lost_messages{0};  // a queue was full
  std::atomic<std::int64_t> stuck_notes{0};    // that sounded after everything was stopped
};

class Room : private Player::Reports, private Duet::Plan {
 public:
  // `pianist` is used by the thinker's thread only, `output` by the player's, until stop().
  Room(Pianist& pianist, MidiOutput& output, const RoomOptions& options);
  ~Room() override;  // stop()
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // Starts the threads. Ends notes that an earlier program left sounding.
  void start();
  // Ends the answer and all notes, and the threads.
  void stop();

  // Bytes from the port; the time of arrival is now. Called by one thread. Does not allocate, lock
  // or throw.
  void receive(std::span<const std::uint8_t> bytes) noexcept;
  // The keyboard is lost: its keys count as released. Any thread.
  void release_keys() noexcept;
  // The output was lost and is back: what it may still sound is ended. Any thread.
  void end_all_notes() noexcept;
  // Gives the turn to the model. Any thread.
  void take_over() noexcept;

  // The next event for the view and the recording; called by one thread.
  std::optional<RoomEvent> next_event() noexcept { return events_.pop(); }
  // The next event that was planned for an answer; called by one thread.
  std::optional<PlannedEvent> next_intent() noexcept { return intents_.pop(); }

  const Clock& clock() const { return clock_; }
  const RoomFigures& figures() const { return figures_; }
  bool is_answering() const { return is_answering_.load(std::memory_order_relaxed); }
  // If the thinker has failed; the room then only passes on the person's keys.
  std::optional<std::string> failure() const;
  // The player's thread has real-time priority.
  bool has_priority() const { return has_priority_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kQueue = 4096;

  void played(const PlayedEvent& event) noexcept override;
  void sent(std::int64_t late_us) noexcept override;
  bool plan(const PlannedEvent& event) override;

  void run_player() noexcept;
  void run_thinker() noexcept;
  void think_until_stopped();
  void hear_all() noexcept;
  void log(const RoomEvent& event) noexcept;

  RoomOptions options_;
  Clock clock_;
  MidiParser parser_;
  Player player_;
  Duet duet_;
  RoomFigures figures_;

  SpscQueue<MidiMessage, kQueue> to_player_, to_thinker_;
  SpscQueue<PlannedEvent, kQueue> plans_, intents_;
  SpscQueue<PlayedEvent, kQueue> reports_;
  SpscQueue<RoomEvent, kQueue> events_;
  Wake wake_player_, wake_thinker_;

  std::atomic<bool> stopping_{false}, is_answering_{false}, has_priority_{false};
  std::atomic<bool> takeover_asked_{false}, all_end_asked_{false};
  std::atomic<bool> player_lost_keys_{false}, thinker_lost_keys_{false};
  std::atomic<bool> thinker_failed_{false};
  std::string failure_;        // written before thinker_failed_ is set
  std::int64_t asked_us_ = 0;  // of the turn whose first note was not sent yet; player's thread
  bool is_first_note_ = false;
  std::thread player_thread_, thinker_thread_;
};

}  // namespace pno::live
