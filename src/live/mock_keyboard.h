#pragma once

// Plays a performance to a room as a person would: a phrase, then a pause in which the model
// answers, which the next phrase may interrupt. On a thread of its own, in the room's time.

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "live/clock.h"
#include "live/midi_message.h"
#include "midi/performance.h"

namespace pno::live {

struct MockOptions {
  double seconds = 60;  // of the room's time
  double shortest_phrase_s = 2, longest_phrase_s = 8;
  double shortest_pause_s = 1.5, longest_pause_s = 12;
  std::uint64_t seed = 1;
};

// What the keyboard sends, with times from its beginning: phrases and pauses of random lengths. If
// the performance ends, it begins again.
std::vector<MidiMessage> mock_messages(const midi::Performance& performance,
                                       const MockOptions& options);

class MockKeyboard {
 public:
  using Send = std::function<void(std::span<const std::uint8_t>)>;

  // Begins to play at once.
  MockKeyboard(std::vector<MidiMessage> messages, const Clock& clock, double seconds, Send send);
  ~MockKeyboard();
  MockKeyboard(const MockKeyboard&) = delete;
  MockKeyboard& operator=(const MockKeyboard&) = delete;

  bool is_done() const { return is_done_.load(); }

 private:
  void run();

  std::vector<MidiMessage> messages_;
  const Clock& clock_;
  double seconds_;
  Send send_;
  std::atomic<bool> stopping_{false}, is_done_{false};
  std::thread thread_;
};

}  // namespace pno::live
