#pragma once

// The thinker of a room: reads what both play, decides when the model's turn comes, and draws its
// answer, ahead of time while the person still plays. States: listening → answering → listening.
// One thread calls all functions; times are those of the caller's clock. Does not read a clock,
// start threads or touch ports.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "events/pitch_set.h"
#include "live/answer.h"
#include "live/control_map.h"
#include "live/live_encoder.h"
#include "live/midi_message.h"
#include "live/pianist.h"
#include "live/planned_event.h"

namespace pno::live {

struct DuetOptions {
  double pause_s = 1.2;  // silence after which the model answers
  double turn_s = 8;     // of an answer; then its last notes end
  double ahead_s = 1.5;  // music that is drawn before it sounds
  double lead_s = 0;     // from the takeover to the answer: the longest latency of the instrument
  int takeover_controller = kSoftController;  // a pedal that gives the turn; -1: none
  int takeover_pitch = -1;                    // a key that does; -1: none
  ControlMap controls = {};                   // controllers that change how the model plays

  // Returns an error if an option is out of range.
  Expected<void> validate() const;
};

class Duet {
 public:
  // Takes the events of answers to the player.
  class Plan {
   public:
    virtual ~Plan() = default;
    // Returns false if the queue is full; the event is offered again later.
    virtual bool plan(const PlannedEvent& event) = 0;
  };

  enum class State { listening, answering };

  Duet(Pianist& pianist, const DuetOptions& options, Plan& plan);

  void hear(const MidiMessage& message);    // of the person
  void played(const PlayedEvent& event);    // by the player
  void lost_messages(std::int64_t now_us);  // all keys of the person count as released
  void take_over(std::int64_t now_us);      // the model's turn: a computer key

  // Does one piece of work of a few milliseconds at most. Returns false if there is nothing to do
  // before the next message or next_us().
  bool think(std::int64_t now_us);
  std::int64_t next_us(std::int64_t now_us) const;
  static constexpr std::int64_t kNever = INT64_MAX;

  State state() const { return state_; }
  std::uint32_t turns() const { return turn_; }
  std::int64_t tokens_read() const { return tokens_read_; }
  std::int64_t tokens_drawn() const { return tokens_drawn_; }

 private:
  void request(std::int64_t now_us);
  void read_heard(std::int64_t now_us, bool all);
  std::int64_t silence_us() const;
  std::int64_t takeover_us() const;  // by silence; kNever: not before the person plays
  void begin_answer(std::int64_t now_us);
  void draw();
  void tell_wishes();
  bool wants_more(std::int64_t now_us) const;
  void start_turn(std::int64_t now_us, std::int64_t asked_us);
  bool offer();

  Pianist& pianist_;
  DuetOptions options_;
  Plan& plan_;
  LiveEncoder encoder_;
  events::PitchSet model_sounding_;  // notes of the model that were sent
  State state_ = State::listening;
  // Drawn after what sounds. If the takeover comes at another time than expected, its first note
  // sounds at that other time.
  std::optional<Answer> answer_;
  std::vector<events::Token> tokens_;
  std::array<std::optional<double>, kWishes> wishes_;  // that the pianist was not told yet

  std::uint32_t turn_ = 0;
  std::int64_t turn_start_us_ = 0;
  std::int64_t last_note_us_ = 0;             // last key movement of the person
  std::int64_t last_note_on_us_ = INT64_MIN;  // the same, downwards
  bool has_played_ = false;                   // the person, since the last answer
  bool is_requested_ = false, was_controller_down_ = false, pedal_is_down_ = false;
  std::int64_t requested_us_ = 0;
  double rest_ = 0;
  std::int64_t rest_since_us_ = 0;  // when the events that rest_ is after were due to be read
  std::int64_t tokens_read_ = 0, tokens_drawn_ = 0;
};

}  // namespace pno::live
