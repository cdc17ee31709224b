#pragma once

// One model for several listeners: each has a session of its own, and one pass over the weights
// draws an event for every one of them. So all get the same share, and a listener who leaves frees
// a place at the next event.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "events/vocabulary.h"
#include "infer/engine.h"
#include "infer/music/music_sampler.h"

namespace pno::web {

struct Piece {
  std::vector<events::Token> prime;  // not empty
  double seconds = 30;               // to draw
  std::uint64_t seed = 1;
  infer::DrawOptions draw = {};
};

// The next part of the music for a listener.
struct Batch {
  std::vector<events::Token> tokens;
  bool is_done = false;   // nothing follows
  std::string failure{};  // one sentence if the music ended because of it
};

class Studio {
 public:
  class Listener;

  Studio(std::shared_ptr<const infer::Engine> engine, int most_playing, int most_waiting);
  ~Studio();
  Studio(const Studio&) = delete;
  Studio& operator=(const Studio&) = delete;

  // Null if all places are taken.
  std::shared_ptr<Listener> open(Piece piece);
  // The next events: waits until there are some, or the music is done, but not longer than
  // `longest`; the batch is then empty.
  Batch receive(Listener& listener, std::chrono::milliseconds longest);
  // Frees the place. Called for every listener.
  void leave(Listener& listener);
  // Ends the music of all listeners, and takes no more. Does not wait.
  void stop();

  struct Counts {
    int playing = 0, waiting = 0;
  };
  Counts counts() const;
  const infer::Engine& engine() const { return *engine_; }
  const std::shared_ptr<const infer::Engine>& shared_engine() const { return engine_; }

 private:
  void run();
  void admit();
  bool draw_all();
  bool read_primes();
  void read_all();
  void drop_gone();

  std::shared_ptr<const infer::Engine> engine_;
  const std::size_t most_playing_, most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable work_, news_;
  std::deque<std::shared_ptr<Listener>> waiting_;   // guarded by mutex_
  std::vector<std::shared_ptr<Listener>> playing_;  // changed by the thread, under mutex_
  bool is_stopping_ = false;
  std::vector<float> logits_;
  std::thread thread_;  // last: it uses the other members
};

}  // namespace pno::web
