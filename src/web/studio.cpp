#include "web/studio.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"
#include "infer/generate.h"
#include "infer/music/piece_length.h"
#include "infer/session.h"
#include "model/not_finite.h"

namespace pno::web {

using events::Token;

namespace {

constexpr std::size_t kPrimeBlock = 128;  // tokens of a prime that are read between two events
// A listener who does not receive stops being drawn for at this many events, a minute of music.
constexpr std::size_t kMostUnreceived = 2000;

}  // namespace

class Studio::Listener {
 public:
  Listener(Piece&& of, const std::shared_ptr<const infer::Engine>& engine)
      : piece(std::move(of)),
        session(engine),
        sampler(engine->vocabulary(), piece.draw, piece.seed),
        length(piece.seconds, /*tokens=*/0, infer::kMaxTokensPerSecond, engine->vocabulary()) {
    for (const Token token : piece.prime) sampler.read(token);
    // Of a long prime the model sees the end alone.
    const auto context = static_cast<std::size_t>(engine->config().context);
    if (piece.prime.size() > context) primed = piece.prime.size() - context;
  }

  bool is_primed() const { return primed == piece.prime.size(); }

  // Used by the thread of the studio alone.
  Piece piece;
  infer::Session session;
  infer::MusicSampler sampler;
  infer::PieceLength length;
  std::size_t primed = 0;      // tokens of the prime that were read
  std::optional<Token> drawn;  // and not read yet

  // Guarded by the studio's mutex.
  std::vector<Token> unreceived;
  std::string failure;
  bool is_done = false, is_gone = false;
};

Studio::Studio(std::shared_ptr<const infer::Engine> engine, int most_playing, int most_waiting)
    : engine_(std::move(engine)),
      most_playing_(static_cast<std::size_t>(most_playing)),
      most_waiting_(static_cast<std::size_t>(most_waiting)),
      thread_([this] { run(); }) {}

Studio::~Studio() {
  stop();
  thread_.join();
}

std::shared_ptr<Studio::Listener> Studio::open(Piece piece) {
  PNO_CHECK(!piece.prime.empty(), "a piece begins with BOS");
  const auto is_full = [&] {
    return is_stopping_ || waiting_.size() + playing_.size() >= most_playing_ + most_waiting_;
  };
  {
    const std::lock_guard lock(mutex_);
    if (is_full()) return nullptr;
  }
  // Allocates the cache, so without the lock.
  auto listener = std::make_shared<Listener>(std::move(piece), engine_);
  const std::lock_guard lock(mutex_);
  if (is_full()) return nullptr;
  waiting_.push_back(listener);
  work_.notify_one();
  return listener;
}

Batch Studio::receive(Listener& listener, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, longest,
                 [&] { return !listener.unreceived.empty() || listener.is_done || is_stopping_; });
  Batch batch{.tokens = std::exchange(listener.unreceived, {}),
              .is_done = listener.is_done || is_stopping_,
              .failure = listener.failure};
  work_.notify_one();
  return batch;
}

void Studio::leave(Listener& listener) {
  const std::lock_guard lock(mutex_);
  listener.is_gone = true;
  std::erase_if(waiting_, [&](const auto& other) { return other.get() == &listener; });
  work_.notify_one();
}

void Studio::stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  work_.notify_all();
  news_.notify_all();
}

Studio::Counts Studio::counts() const {
  const std::lock_guard lock(mutex_);
  return {static_cast<int>(playing_.size()), static_cast<int>(waiting_.size())};
}

void Studio::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      drop_gone();
      admit();
      if (is_stopping_) return;
      const auto has_work = [&] {
        return std::any_of(playing_.begin(), playing_.end(), [](const auto& listener) {
          return listener->is_gone ||
                 (!listener->is_done && listener->unreceived.size() < kMostUnreceived);
        });
      };
      if (!has_work()) {
        work_.wait(lock, [&] {
          return is_stopping_ || has_work() ||
                 (!waiting_.empty() && playing_.size() < most_playing_);
        });
        continue;
      }
    }
    const bool read = read_primes();
    const bool drew = draw_all();
    if (drew) read_all();
    if (!read && !drew) std::this_thread::yield();
  }
}

// With the lock.
void Studio::drop_gone() {
  std::erase_if(playing_, [](const auto& listener) { return listener->is_gone; });
}

// With the lock.
void Studio::admit() {
  while (!waiting_.empty() && playing_.size() < most_playing_) {
    playing_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

// Reads the next block of each prime. Returns false if all were read.
bool Studio::read_primes() {
  bool has_read = false;
  for (const auto& listener : playing_) {
    if (listener->is_primed()) continue;
    const auto left = std::span<const Token>(listener->piece.prime).subspan(listener->primed);
    const auto block = left.first(std::min(left.size(), kPrimeBlock));
    listener->session.prefill(block);
    listener->primed += block.size();
    has_read = true;
  }
  return has_read;
}

// Draws an event for each listener who has room for it. Returns false if there was none.
bool Studio::draw_all() {
  bool has_drawn = false;
  const std::lock_guard lock(mutex_);
  for (const auto& listener : playing_) {
    if (!listener->is_primed() || listener->is_done || listener->is_gone ||
        listener->unreceived.size() >= kMostUnreceived) {
      continue;
    }
    const auto token = listener->sampler.draw(listener->session.logits());
    if (!token) {
      listener->failure = model::kLogitsNotFinite;
      listener->is_done = true;
      continue;
    }
    listener->sampler.read(*token);
    listener->length.add(*token);
    listener->unreceived.push_back(*token);
    listener->drawn = token;
    listener->is_done = *token == engine_->vocabulary().eos() || listener->length.is_enough();
    has_drawn = true;
  }
  news_.notify_all();
  return has_drawn;
}

// All sessions read what was drawn for them, with one pass over the weights.
void Studio::read_all() {
  std::vector<infer::Session*> sessions;
  std::vector<Token> tokens;
  for (const auto& listener : playing_) {
    if (!listener->drawn) continue;
    sessions.push_back(&listener->session);
    tokens.push_back(*std::exchange(listener->drawn, std::nullopt));
  }
  logits_.resize(sessions.size() * static_cast<std::size_t>(engine_->vocabulary().outputs()));
  infer::step_together(sessions, tokens, logits_);
}

}  // namespace pno::web
