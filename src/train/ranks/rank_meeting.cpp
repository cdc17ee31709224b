#include "train/ranks/rank_meeting.h"

#include <fmt/ranges.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <thread>

#include "base/interrupt.h"

namespace pno::train {
namespace {

using namespace std::chrono_literals;

constexpr auto kQuiet = 5s;  // of waiting, before that is said
constexpr auto kPause = 20ms, kFarewell = 10 * kPause;

std::string key_of(int rank) {
  return fmt::format("here/{}", rank);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "a machine without name";
}

std::string own_cores() {
  cpu_set_t set{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return "";
  std::string text;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) text += fmt::format("{},", core);
  }
  return text;
}

std::string text_of(const RankMember& member) {
  return fmt::format("{}\n{}\n{}", member.host, member.process, member.cores);
}
RankMember member_of(const std::string& text) {
  const auto first = text.find('\n'), second = text.find('\n', first + 1);
  return {text.substr(0, first), text.substr(first + 1, second - first - 1),
          text.substr(second + 1)};
}

tl::unexpected<Error> interrupted_early() {
  return fail_interrupted("interrupted before all ranks were there");
}

constexpr const char* kGone = "gone";  // the key under which is said who is

}  // namespace

std::chrono::milliseconds beat(const RankOptions& options) {
  constexpr double kMostBeats = 30, kMostBeat_s = 1;
  const double beat_s = std::min(options.timeout_s / kMostBeats, kMostBeat_s);
  return std::chrono::milliseconds(std::max(1, static_cast<int>(beat_s * 1000)));
}
int silent_beats(const RankOptions& options) {
  return static_cast<int>(options.timeout_s / std::chrono::duration<double>(beat(options)).count());
}

std::string RankMember::name(int rank) const {
  return fmt::format("rank {} ({}, process {})", rank, host, process);
}

bool RankMeeting::is_over() const {
  return Clock::now() - start_ > std::chrono::duration<double>(options_.join_s);
}

void RankMeeting::say_once(const std::function<std::string()>& what) {
  if (has_spoken_ || Clock::now() - start_ < kQuiet) return;
  has_spoken_ = true;
  if (say_) say_(fmt::format("{}, for {:.0f} s at most", what(), options_.join_s));
}

Expected<std::shared_ptr<RankBoard>> RankMeeting::find_board(const Open& open) {
  const auto& place = options_.place;
  const bool keeps_it = place.rank == 0 && !place.launcher_has_store;
  const auto who = fmt::format("rank {} of {}", place.rank, place.size);
  const auto where = fmt::format("{}:{}", place.address, place.port);
  while (true) {
    std::string reason;
    try {
      return open(keeps_it);
    } catch (const std::exception& failure) {
      reason = failure.what();
      reason = reason.substr(0, reason.find('\n'));
    }
    if (keeps_it) {
      return fail(
          "port {} of this machine cannot be opened for the other ranks ({}); set the variable "
          "MASTER_PORT to another, for every process",
          place.port, reason);
    }
    if (interrupted()) return interrupted_early();
    if (is_over()) {
      return fail(
          "{} found no rank 0 at {} within {:.0f} s ({}); is it started, and do MASTER_ADDR "
          "and MASTER_PORT say where?",
          who, where, options_.join_s, reason);
    }
    say_once([&] { return fmt::format("{} waits for rank 0 at {}", who, where); });
    std::this_thread::sleep_for(100ms);
  }
}

std::string RankMeeting::missing(RankBoard& board, int first) const {
  std::vector<int> ranks;
  for (int rank = first; rank < options_.place.size; ++rank) {
    if (!board.get(key_of(rank))) ranks.push_back(rank);
  }
  return fmt::format("{}", fmt::join(ranks, ", "));
}

std::string RankMeeting::gone(RankBoard& board) {
  if (const auto known = board.get(kGone)) return *known;
  if (Clock::now() - last_beat_ < beat(options_)) return "";
  last_beat_ = Clock::now();
  beats_.beat(board);
  std::vector<std::string> names;
  for (const int rank : beats_.silent(train::silent_beats(options_))) {
    if (const auto text = board.get(key_of(rank))) names.push_back(member_of(*text).name(rank));
  }
  if (names.empty()) return "";
  const auto found = fmt::format("{}", fmt::join(names, ", "));
  board.set(kGone, found);
  // The board may go with this process: the others read it before.
  std::this_thread::sleep_for(kFarewell);
  return found;
}

Expected<std::vector<RankMember>> RankMeeting::meet(RankBoard& board) {
  const auto& place = options_.place;
  const auto where = fmt::format("{}:{}", place.address, place.port);
  if (board.add(fmt::format("claim/{}", place.rank), 1) > 1) {
    return fail(
        "two processes at {} say that they are rank {} of {}; each needs a number of its "
        "own, and each run a MASTER_PORT of its own",
        where, place.rank, place.size);
  }
  beats_.beat(board);
  board.set(key_of(place.rank), text_of({host_name(), std::to_string(::getpid()), own_cores()}));
  std::vector<RankMember> members;
  while (std::ssize(members) < place.size) {
    const auto next = static_cast<int>(members.size());
    if (const auto text = board.get(key_of(next))) {
      members.push_back(member_of(*text));
      continue;
    }
    if (const auto lost = gone(board); !lost.empty()) {
      return fail("{} came to {}, and was gone before all of {} ranks were there", lost, where,
                  place.size);
    }
    if (interrupted()) return interrupted_early();
    if (is_over()) {
      return fail("of {} ranks, rank {} did not come to {} within {:.0f} s", place.size,
                  missing(board, next), where, options_.join_s);
    }
    if (place.rank == 0) {
      say_once([&] {
        return fmt::format("of {} ranks, rank {} is awaited at {}", place.size,
                           missing(board, next), where);
      });
    }
    std::this_thread::sleep_for(kPause);
  }
  return members;
}

}  // namespace pno::train
