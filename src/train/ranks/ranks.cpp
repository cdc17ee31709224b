#include "train/ranks/ranks.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>
#include <utility>

#include "train/ranks/rank_engine.h"

namespace pno::train {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kConnectAttempt = 2s;

RankWatchOptions watch_options(const RankOptions& options, const std::vector<RankMember>& members) {
  RankWatchOptions watch;
  watch.rank = options.place.rank;
  watch.beat = beat(options);
  watch.silent_beats = silent_beats(options);
  for (const auto& member : members) {
    watch.names.push_back(member.name(static_cast<int>(watch.names.size())));
  }
  return watch;
}

}  // namespace

std::string LostRank::sentence(const std::string& when) const {
  return fmt::format("{} {}{}{}", what(), when, why_.empty() ? "" : ": ", why_);
}

struct Ranks::Group {
  RankPlace place;
  std::shared_ptr<RankBoard> board;
  std::unique_ptr<RankWatch> watch;
  std::shared_ptr<RankEngine> engine;
  torch::Device device = torch::kCPU;
  bool is_broken = false;

  [[noreturn]] void lost(const RankLoss& loss) {
    is_broken = true;
    throw LostRank(loss);
  }
  void check_loss() {
    if (const auto loss = watch->loss()) lost(*loss);
  }
  // A failure says little: "Connection closed by peer". Who it was takes a few beats.
  [[noreturn]] void failed(const std::exception& failure) {
    const auto loss = watch->find_loss();
    if (loss) lost(*loss);
    lost({fmt::format("the connection to another rank broke ({})", words_of(failure)), ""});
  }
  template <class Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (const std::exception& failure) {
      failed(failure);
    }
  }
  void wait() {
    constexpr auto kShortest = 20us, kLongest = 1000us;
    for (auto pause = kShortest; !engine->is_done(); pause = std::min(2 * pause, kLongest)) {
      check_loss();
      std::this_thread::sleep_for(pause);
    }
    attempt([&] { engine->finish(); });
  }

  ~Group() {
    // Their destructors would wait for what never comes; the process ends soon.
    if (!is_broken) return;
    new std::pair(std::move(board), std::move(engine));
  }
};

Ranks::Ranks() = default;
Ranks::~Ranks() = default;

Expected<std::unique_ptr<Ranks>> Ranks::join(const RankOptions& options,
                                             const std::function<void(const std::string&)>& say) {
  const auto& place = options.place;
  auto ranks = std::make_unique<Ranks>();
  if (place.size == 1) return ranks;
  ranks->rank_ = place.rank;
  ranks->size_ = place.size;
  ranks->group_ = std::make_unique<Group>();
  auto& group = *ranks->group_;
  group.place = place;
  RankMeeting meeting(options, say);
  const auto open = [&](bool keeps_it) { return open_board(place, keeps_it, kConnectAttempt); };
  PNO_TRY(group.board, meeting.find_board(open));
  std::vector<RankMember> members;
  try {
    const auto own = open(false);  // calls on one connection wait for each other
    PNO_TRY(members, meeting.meet(*own));
    group.watch = std::make_unique<RankWatch>(own, watch_options(options, members));
  } catch (const std::exception& failure) {
    return fail("rank {} of {}: rank 0 at {}:{} went away before the run began ({})", place.rank,
                place.size, place.address, place.port, words_of(failure));
  }
  const auto& own = members[static_cast<std::size_t>(place.rank)];
  const auto is_here = [&](const RankMember& other) { return other.host == own.host; };
  const auto before = std::count_if(members.begin(), members.begin() + place.rank, is_here);
  ranks->local_rank_ = place.local_rank.value_or(static_cast<int>(before));
  ranks->sharing_cores_ =
      static_cast<int>(std::count_if(members.begin(), members.end(), [&](const RankMember& other) {
        return is_here(other) && other.cores == own.cores;
      }));
  return ranks;
}

// On a thread of its own, since it waits for all ranks and would not see that one is lost.
Expected<void> Ranks::connect(torch::Device device) {
  if (!group_) return {};
  if (auto why = why_no_engine(device); !why.empty()) return fail("{}", why);
  group_->device = device;
  std::packaged_task connect([board = group_->board, place = group_->place, device] {
    return connect_engine(*board, place, device);
  });
  auto engine = connect.get_future();
  std::thread(std::move(connect)).detach();
  while (engine.wait_for(10ms) != std::future_status::ready) group_->check_loss();
  group_->attempt([&] { group_->engine = engine.get(); });
  return {};
}

void Ranks::begin_sum(const torch::Tensor& part) {
  if (group_) group_->attempt([&] { group_->engine->begin_sum(part); });
}

void Ranks::wait() {
  if (group_) group_->wait();
}

void Ranks::sum(std::span<double> numbers) {
  if (!group_) return;
  const auto count = static_cast<std::int64_t>(numbers.size());
  const auto host = torch::from_blob(numbers.data(), {count}, torch::kDouble);
  const auto there = host.to(group_->device);
  begin_sum(there);
  wait();
  if (!there.is_same(host)) host.copy_(there);
}

void Ranks::broadcast(const torch::Tensor& tensor) {
  if (!group_) return;
  group_->attempt([&] { group_->engine->begin_broadcast(tensor); });
  wait();
}

void Ranks::broadcast(std::span<std::byte> bytes) {
  if (!group_ || bytes.empty()) return;
  const auto count = static_cast<std::int64_t>(bytes.size());
  const auto host = torch::from_blob(bytes.data(), {count}, torch::kByte);
  const auto there = host.to(group_->device);
  broadcast(there);
  if (!there.is_same(host)) host.copy_(there);
}

std::string Ranks::broadcast(const std::string& text) {
  auto size = static_cast<std::int64_t>(text.size());
  broadcast(std::as_writable_bytes(std::span(&size, 1)));
  auto all = is_first() ? text : std::string(static_cast<std::size_t>(size), '\0');
  broadcast(std::as_writable_bytes(std::span(all)));
  return all;
}

void Ranks::stop(const std::string& why) {
  if (!group_) return;
  group_->is_broken = true;
  group_->watch->stop(why);
}

void Ranks::leave() {
  if (group_) group_->watch->leave();
}

}  // namespace pno::train
