#include "train/ranks/rank_meeting.h"

#include <fmt/ranges.h>

#include <chrono>
#include <thread>

#include "base/interrupt.h"

namespace pno::train {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kQuiet = 5s;  // before the first sentence about missing ranks
constexpr auto kPause = 20ms;
constexpr auto kLongestFarewell = 5s;

std::string key_of(const RankMeeting& meeting, int rank) {
  return fmt::format("{}/{}", meeting.name, rank);
}

// "of 4 ranks, 2 (rank 1, 3)"
std::string missing(RankStore& store, const RankMeeting& meeting) {
  std::vector<int> ranks;
  for (int rank = 0; rank < meeting.place.size; ++rank) {
    if (!store.get(key_of(meeting, rank))) ranks.push_back(rank);
  }
  return fmt::format("of {} ranks, {} (rank {})", meeting.place.size, ranks.size(),
                     fmt::join(ranks, ", "));
}

}  // namespace

Expected<std::vector<std::string>> meet(RankStore& store, const RankMeeting& meeting,
                                        const std::string& own) {
  const auto& place = meeting.place;
  const auto where = fmt::format("{}:{}", place.address, place.port);
  if (store.add(key_of(meeting, place.rank) + "/claims", 1) > 1) {
    return fail(
        "two processes at {} are rank {} of {}; each needs its own rank, and each run its own "
        "MASTER_PORT",
        where, place.rank, place.size);
  }
  store.set(key_of(meeting, place.rank), own);
  const auto start = Clock::now();
  bool has_spoken = !meeting.say || place.rank != 0;
  std::vector<std::string> texts;
  while (std::ssize(texts) < place.size) {
    if (auto text = store.get(key_of(meeting, static_cast<int>(texts.size())))) {
      texts.push_back(std::move(*text));
      continue;
    }
    if (meeting.interruptible && interrupted()) {
      return fail_interrupted("interrupted before all ranks had come");
    }
    const auto waited = Clock::now() - start;
    if (waited > std::chrono::duration<double>(meeting.timeout_s)) {
      return fail("{} did not come to {} within {:.0f} s", missing(store, meeting), where,
                  meeting.timeout_s);
    }
    if (!has_spoken && waited > kQuiet) {
      has_spoken = true;
      meeting.say(fmt::format("{} have not yet come to {}; waiting for {:.0f} s at most",
                              missing(store, meeting), where, meeting.timeout_s));
    }
    std::this_thread::sleep_for(kPause);
  }
  // Rank 0 may serve the store, and end after what it has read: the others read first.
  const auto readers = meeting.name + "/readers";
  store.add(readers, 1);
  const auto deadline = Clock::now() + kLongestFarewell;
  while (place.rank == 0 && store.add(readers, 0) < place.size && Clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
  }
  return texts;
}

}  // namespace pno::train
