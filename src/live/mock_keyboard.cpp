#include "live/mock_keyboard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "events/pitch_set.h"
#include "live/key_messages.h"

namespace pno::live {
namespace {

constexpr double kSecondUs = 1e6;
constexpr std::int64_t kReleaseAfter_us = 60'000;  // of keys that are down at the end of a phrase

}  // namespace

std::vector<MidiMessage> mock_messages(const midi::Performance& performance,
                                       const MockOptions& options) {
  const auto all = key_messages(performance);
  PNO_CHECK(!performance.notes.empty(), "a mock keyboard needs notes");
  RandomStream random(options.seed, 1);
  const auto between = [&](double low, double high) {
    return static_cast<std::int64_t>((low + (high - low) * random.uniform()) * kSecondUs);
  };
  const auto end_us = static_cast<std::int64_t>(options.seconds * kSecondUs);
  std::vector<MidiMessage> messages;
  events::PitchSet down;
  std::size_t next = 0;
  std::int64_t now_us = 0;  // beginning of the phrase
  while (now_us < end_us) {
    // From a NOTE_ON on; keys of the phrase before have been released.
    while (next < all.size() && !all[next].is_note_on()) ++next;
    if (next == all.size()) {
      next = 0;
      continue;
    }
    const std::int64_t from_us = all[next].time_us;
    const auto length_us = between(options.shortest_phrase_s, options.longest_phrase_s);
    std::int64_t last_us = now_us;
    for (; next < all.size() && all[next].time_us < from_us + length_us; ++next) {
      MidiMessage message = all[next];
      if (message.is_note_off() && !down.contains(message.pitch())) continue;
      message.time_us += now_us - from_us;
      last_us = message.time_us;
      if (message.is_note_on()) down.insert(message.pitch());
      if (message.is_note_off()) down.erase(message.pitch());
      messages.push_back(message);
    }
    last_us += kReleaseAfter_us;
    down.for_each([&](int pitch) { messages.push_back(MidiMessage::note_off(last_us, pitch)); });
    down.clear();
    messages.push_back(MidiMessage::control(last_us, kSustainController, 0));
    now_us = last_us + between(options.shortest_pause_s, options.longest_pause_s);
  }
  return messages;
}

MockKeyboard::MockKeyboard(std::vector<MidiMessage> messages, const Clock& clock, double seconds,
                           Send send)
    : messages_(std::move(messages)),
      clock_(clock),
      seconds_(seconds),
      send_(std::move(send)),
      thread_([this] { run(); }) {}

MockKeyboard::~MockKeyboard() {
  stopping_.store(true);
  thread_.join();
}

void MockKeyboard::run() {
  constexpr std::int64_t kLongestSleep_us = 50'000;
  const std::int64_t start_us = clock_.now_us();
  const auto wait_until = [&](std::int64_t time_us) {
    while (!stopping_.load()) {
      const std::int64_t left_us = clock_.real_us(start_us + time_us - clock_.now_us());
      if (left_us <= 0) return;
      std::this_thread::sleep_for(std::chrono::microseconds(std::min(left_us, kLongestSleep_us)));
    }
  };
  const auto end_us = static_cast<std::int64_t>(seconds_ * kSecondUs);
  for (const auto& message : messages_) {
    if (message.time_us >= end_us) break;
    wait_until(message.time_us);
    if (stopping_.load()) break;
    send_(message.data());
  }
  wait_until(end_us);
  is_done_.store(true);
}

}  // namespace pno::live
