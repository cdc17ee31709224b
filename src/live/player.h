#pragma once

// The player of a room: sends the notes of the model at their times and, on a path that the model
// is not on, the keys of the person at once. A NOTE_ON of the person ends the answer. It knows what
// sounds on the port, and ends all of it.
//
// No function allocates, locks, logs or throws. One thread calls all of them; times are those of
// the caller's clock.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "events/pitch_set.h"
#include "live/midi_message.h"
#include "live/midi_output.h"
#include "live/planned_event.h"

namespace pno::live {

struct PlayerOptions {
  int channel = 0;      // 0..15, of all notes sent
  bool monitor = true;  // send the person's keys; off: their instrument sounds by itself
  int takeover_controller = kSoftController;  // not sent; -1: none
  int takeover_pitch = -1;                    // a key that does not sound; -1: none
  std::bitset<128> kept_controllers = {};     // not sent, either
  // How long the instrument takes to sound, by velocity; such events are sent earlier.
  std::array<std::int32_t, 128> latency_us{};
};

class Player {
 public:
  // Called with each event of the model that was sent, at the time it was due, and with the
  // beginnings and ends of turns. Does not allocate, lock or throw.
  class Reports {
   public:
    virtual ~Reports() = default;
    virtual void played(const PlayedEvent& event) noexcept = 0;
    // An event was sent `late_us` after its time; negative: before it.
    virtual void sent(std::int64_t late_us) noexcept = 0;
  };

  Player(const PlayerOptions& options, MidiOutput& output, Reports& reports) noexcept
      : options_(options), output_(output), reports_(reports) {}

  // Ends what an earlier program may have left sounding: every pitch, pedals, all notes.
  void start() noexcept;

  // A message of the person.
  void hear(const MidiMessage& message) noexcept;

  // An event of the model, if there is room for it.
  void plan(const PlannedEvent& event) noexcept;
  bool has_room() const noexcept { return waiting_size_ < kMostWaiting; }

  // Sends all events whose time has come.
  void play(std::int64_t now_us) noexcept;
  // The time of the next event to send; kNever if there is none.
  static constexpr std::int64_t kNever = INT64_MAX;
  std::int64_t next_due_us() const noexcept;

  // Ends the answer as a NOTE_ON does.
  void interrupt(std::int64_t now_us) noexcept;
  // Ends the person's notes: messages were lost, or the keyboard was unplugged.
  void release_keys() noexcept;
  // Ends every note that sounds one by one, lifts the pedals, then sends CC 123.
  void stop(std::int64_t now_us) noexcept;

  bool is_answering() const noexcept { return answering_; }
  int sounding_notes() const noexcept;

 private:
  enum class Owner : std::uint8_t { none, person, model };
  struct Waiting {
    PlannedEvent event;
    std::int64_t send_us = 0;
    std::uint64_t order = 0;
  };
  static constexpr std::size_t kMostWaiting = 2048;

  static bool is_later(const Waiting& a, const Waiting& b) noexcept;
  Owner& owner(int pitch) noexcept { return owners_[static_cast<std::size_t>(pitch)]; }
  void send(int status, int first, int second) noexcept;
  void send_note_off(int pitch) noexcept;
  void send_sustain(int value) noexcept;
  void hear_note_on(const MidiMessage& message) noexcept;
  void hear_control(const MidiMessage& message) noexcept;
  void play_event(const PlannedEvent& event) noexcept;
  void begin_turn(const PlannedEvent& event) noexcept;
  void leave_turn() noexcept;
  void report(PlayedEvent::Kind kind, const PlannedEvent& event) noexcept;

  PlayerOptions options_;
  MidiOutput& output_;
  Reports& reports_;

  std::array<Owner, 128> owners_{};           // of the notes that sound
  int pedal_ = 0;                             // of the person: value of CC 64
  int sent_pedal_ = 0;                        // on the port
  std::int64_t last_note_on_us_ = INT64_MIN;  // of the person

  bool answering_ = false;
  std::uint32_t turn_ = 0;       // the last one that began
  std::uint32_t past_turn_ = 0;  // events of turns up to here are dropped

  std::array<Waiting, kMostWaiting> waiting_{};  // heap, the earliest first
  std::size_t waiting_size_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace pno::live
