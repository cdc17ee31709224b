#pragma once

// Plays music on a thread of its own, with real-time priority if the system grants it, so that
// neither a slow terminal nor the drawing of more music delays a note. Any thread may call any
// function but start() and stop(), which one thread calls. A lock is held for microseconds only.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "live/clock.h"
#include "live/figures.h"
#include "live/midi_message.h"
#include "live/midi_output.h"
#include "live/playback.h"
#include "live/wake.h"

namespace pno::live {

class Performer {
 public:
  struct Options {
    double tempo = 1;
    std::int64_t from_us = 0;  // position of the beginning, if that much was added before start()
    std::int64_t period_us =
        kUsualPeriod_us;  // a note that is sent later than this is counted as late
  };
  struct State {
    std::int64_t position_us = 0, length_us = 0;
    double tempo = 1;
    bool is_paused = false, is_complete = false, is_done = false;
  };
  struct Figures {
    std::int64_t notes = 0, late_notes = 0, waits = 0;
    double median_ms = 0, p95_ms = 0;  // of sent notes against their times
  };

  Performer(MidiOutput& output, const Options& options);
  ~Performer();  // stop()
  Performer(const Performer&) = delete;
  Performer& operator=(const Performer&) = delete;

  // See Playback.
  void add(std::span<const MidiMessage> messages, std::int64_t known_us);
  void complete();
  // Begins to play.
  void start();
  // Ends all notes and the thread.
  void stop();

  void toggle_pause();
  void seek_by(std::int64_t us);
  void scale_tempo(double factor);  // the tempo stays in 0.25 … 4

  // Waits until less than `ahead_us` of known music is left to play. Returns false after stop().
  bool wait_until_wanted(std::int64_t ahead_us);

  State state() const;
  Figures figures() const;
  // Appends the messages from number `first` on.
  void copy_messages(std::size_t first, std::vector<MidiMessage>& into) const;

 private:
  void run() noexcept;

  const Clock clock_;
  Options options_;
  mutable std::mutex mutex_;  // of what follows
  Playback playback_;
  bool is_stopped_ = false;
  std::condition_variable wanted_;

  Wake wake_;
  std::thread thread_;
};

}  // namespace pno::live
