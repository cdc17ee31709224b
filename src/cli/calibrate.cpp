#include "cli/calibrate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "base/interrupt.h"
#include "live/clock.h"
#include "live/midi_parser.h"

namespace pno::cli {
namespace {

constexpr int kRepetitions = 5, kPitch = 60;
constexpr std::int64_t kLongestWait_us = 1'500'000, kBetween_us = 150'000;

// Notes that came back: the time of the last one. Written by the thread of the port.
struct Echo {
  live::MidiParser parser;
  std::atomic<std::int64_t> time_us{-1};
};

}  // namespace

Expected<Latency> calibrate(const InstrumentFlags& flags) {
  const live::Clock clock;
  Echo echo;
  PNO_TRY(const auto instrument,
          open_instrument(flags, Instrument::Out::port, [&](std::span<const std::uint8_t> bytes) {
            const auto now_us = clock.now_us();
            for (const auto byte : bytes) {
              const auto message = echo.parser.read(byte, now_us);
              if (message && message->is_note_on() && message->pitch() == kPitch) {
                echo.time_us.store(now_us);
              }
            }
          }));
  const auto pause = [](std::int64_t us) {
    std::this_thread::sleep_for(std::chrono::microseconds(us));
  };
  pause(kBetween_us);
  Latency latency;
  for (const int velocity : {16, 32, 48, 64, 80, 100, 120}) {
    std::vector<double> delays;
    for (int i = 0; i < kRepetitions; ++i) {
      if (interrupted()) return fail_interrupted("interrupted; nothing was written");
      echo.time_us.store(-1);
      const auto sent_us = clock.now_us();
      instrument->output().send(live::MidiMessage::note_on(0, kPitch, velocity).data());
      while (echo.time_us.load() < 0 && clock.now_us() < sent_us + kLongestWait_us) pause(200);
      if (echo.time_us.load() >= 0) {
        delays.push_back(static_cast<double>(echo.time_us.load() - sent_us) * 1e-3);
      }
      pause(kBetween_us);
      instrument->output().send(live::MidiMessage::note_off(0, kPitch).data());
      pause(kBetween_us);
    }
    if (2 * delays.size() < kRepetitions) {
      return fail(
          "'{}' did not send back {} of {} notes of velocity {}; connect its output to "
          "'{}', or use an instrument that reports its keys",
          flags.out, kRepetitions - static_cast<int>(delays.size()), kRepetitions, velocity,
          flags.in);
    }
    std::sort(delays.begin(), delays.end());
    latency.velocities.push_back(velocity);
    latency.delay_ms.push_back(delays[delays.size() / 2]);
  }
  return latency;
}

}  // namespace pno::cli
