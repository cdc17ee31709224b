#include "train/ranks/rank_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace pno::train {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestFarewell = 5s;

std::string beat_key(int rank) {
  return fmt::format("beat/{}", rank);
}

std::string text_of(const RankLoss& loss) {
  return loss.what + '\n' + loss.why;
}
RankLoss loss_of(const std::string& text) {
  const auto end = text.find('\n');
  return {text.substr(0, end), end == std::string::npos ? "" : text.substr(end + 1)};
}

}  // namespace

void RankBeats::beat(RankBoard& board) {
  board.add(beat_key(rank_), 1);
  ++beats_;
  for (int rank = first(); rank < last(); ++rank) {
    auto& [count, at] = heard_[static_cast<std::size_t>(rank)];
    const auto now = board.add(beat_key(rank), 0);
    if (now == count) continue;
    count = now;
    at = beats_;
  }
}

std::vector<int> RankBeats::silent(int beats) const {
  std::vector<int> silent;
  for (int rank = first(); rank < last(); ++rank) {
    const auto& [count, at] = heard_[static_cast<std::size_t>(rank)];
    if (count > 0 && beats_ - at >= beats) silent.push_back(rank);
  }
  return silent;
}

struct RankWatch::State {
  State(std::shared_ptr<RankBoard> on, const RankWatchOptions& of)
      : board(std::move(on)), options(of), beats(of.rank, static_cast<int>(of.names.size())) {}

  std::shared_ptr<RankBoard> board;
  RankWatchOptions options;

  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex:
  std::optional<RankLoss> loss;
  std::optional<RankLoss> own_loss;  // to be told
  bool is_told = false, is_doubtful = false, is_leaving = false, is_closing = false;
  bool has_left = false;             // the board knows that this rank leaves
  std::int64_t heard = 0, left = 0;  // ranks that have read of a loss, and that leave
  int threads = 0;
  std::int64_t tick = 0, answered = 0;  // of the clock, and when the board answered last

  // Of the talking thread alone:
  RankBeats beats;
  bool said_heard = false;

  int ranks() const { return static_cast<int>(options.names.size()); }
  bool is_first() const { return options.rank == 0; }

  void note(RankLoss found) {
    const std::lock_guard lock(mutex);
    if (!loss) loss = std::move(found);
    changed.notify_all();
  }
  void gone(const std::vector<int>& silent) {
    std::vector<std::string> names;
    for (const int rank : silent) names.push_back(options.names[static_cast<std::size_t>(rank)]);
    const bool is_one = names.size() == 1;
    RankLoss found{fmt::format("{} {} gone", fmt::join(names, ", "), is_one ? "is" : "are"), ""};
    board->set("loss", text_of(found));
    note(std::move(found));
  }

  // One beat: says that this rank is there, and reads what there is to know.
  void beat() {
    bool doubtful = false, leaving = false;
    std::optional<RankLoss> telling;
    {
      const std::lock_guard lock(mutex);
      doubtful = is_doubtful;
      leaving = is_leaving && !has_left;
      if (!is_told) telling = own_loss;
    }
    beats.beat(*board);
    if (telling && !board->get("loss")) board->set("loss", text_of(*telling));
    if (doubtful) board->set("doubt", "");
    if (leaving) board->add("left", 1);
    if (const auto text = board->get("loss")) {
      note(loss_of(*text));
      if (!said_heard) board->add("heard", 1);
      said_heard = true;
    } else {
      const auto silent =
          beats.silent(board->get("doubt") ? options.doubtful_beats : options.silent_beats);
      if (!silent.empty() && !loss_is_known() && !leaves()) gone(silent);
    }
    const auto all_heard = board->add("heard", 0), all_left = board->add("left", 0);
    const std::lock_guard lock(mutex);
    answered = tick;
    heard = all_heard;
    left = all_left;
    has_left = has_left || leaving;
    is_told = is_told || telling.has_value();
    changed.notify_all();
  }

  bool loss_is_known() const {
    const std::lock_guard lock(mutex);
    return loss.has_value();
  }
  bool leaves() const {
    const std::lock_guard lock(mutex);
    return is_leaving;
  }

  // The talking thread: the only one that the board can hold up.
  void talk() {
    std::unique_lock lock(mutex, std::defer_lock);
    try {
      for (;;) {
        beat();
        lock.lock();
        const bool hurries = is_leaving || own_loss;
        changed.wait_for(lock, hurries ? 10ms : options.beat, [&] {
          const bool has_news = (is_leaving && !has_left) || (own_loss && !is_told);
          return is_closing || has_news;
        });
        if (is_closing) return;
        lock.unlock();
      }
    } catch (const std::exception&) {  // it answers no more: the process that has it has ended
      if (!leaves()) note({options.names.front() + " is gone", ""});
    }
  }

  // The clock: notices where the board holds up the other thread.
  void count() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, options.beat, [&] { return is_closing; })) {
      ++tick;
      if (tick - answered < options.silent_beats || loss || is_leaving) continue;
      loss = RankLoss{options.names.front() + " is gone, or cannot be reached from here", ""};
      changed.notify_all();
    }
  }

  bool wait(std::chrono::milliseconds longest, const std::function<bool()>& until) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, longest, until);
  }
};

RankWatch::RankWatch(std::shared_ptr<RankBoard> board, const RankWatchOptions& options)
    : state_(std::make_shared<State>(std::move(board), options)) {
  for (const auto thread : {&State::talk, &State::count}) {
    ++state_->threads;
    std::thread([state = state_, thread] {
      (state.get()->*thread)();
      const std::lock_guard lock(state->mutex);
      --state->threads;
      state->changed.notify_all();
    }).detach();
  }
}

RankWatch::~RankWatch() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_closing = true;
    state_->changed.notify_all();
  }
  state_->wait(2s, [&] { return state_->threads == 0; });
}

std::optional<RankLoss> RankWatch::loss() const {
  const std::lock_guard lock(state_->mutex);
  return state_->loss;
}

std::optional<RankLoss> RankWatch::find_loss() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_doubtful = true;
  }
  constexpr int kMore = 5;  // beats, for the word to go round
  state_->wait(state_->options.beat * (state_->options.silent_beats + kMore),
               [&] { return state_->loss.has_value(); });
  return loss();
}

void RankWatch::stop(const std::string& why) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->loss) return;
    const auto& name = state_->options.names[static_cast<std::size_t>(state_->options.rank)];
    state_->own_loss = RankLoss{name + " stopped", why};
    state_->changed.notify_all();
  }
  state_->wait(kLongestFarewell, [&] {
    return state_->is_told && (!state_->is_first() || state_->heard >= state_->ranks());
  });
}

void RankWatch::leave() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_leaving = true;
    state_->changed.notify_all();
  }
  const bool was_lost = loss().has_value();
  state_->wait(kLongestFarewell, [&] {
    if (was_lost) return !state_->is_first() || state_->heard >= state_->ranks() - 1;
    return state_->has_left && (!state_->is_first() || state_->left >= state_->ranks());
  });
}

}  // namespace pno::train
