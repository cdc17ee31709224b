#include "train/ranks/ranks.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <utility>

#include "train/ranks/rank_engine.h"
#include "train/ranks/rank_meeting.h"

namespace pno::train {
namespace {

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// The same for all processes of one machine, and different on every other: two may have one name.
std::string machine_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), boot);
  return fmt::format("{} {}", name.data(), boot);
}

// The cores that this process may run on: "0,1,".
std::string own_cores() {
  cpu_set_t set{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return "";
  std::string text;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) text += fmt::format("{},", core);
  }
  return text;
}

}  // namespace

std::string LostRank::sentence(const std::string& when) const {
  return fmt::format("a rank was lost {} ({})", when, what());
}

struct Ranks::Group {
  RankOptions options;
  bool is_one_machine = true;
  torch::Device device = torch::kCPU;
  std::unique_ptr<RankStore> store;
  std::unique_ptr<RankEngine> engine;

  template <class Work>
  void attempt(const Work& work) {
    try {
      work();
    } catch (const std::exception& failure) {
      // Not destroyed: an engine may wait there for the lost rank. The process ends soon.
      engine.release();
      throw LostRank(words_of(failure));
    }
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
  group.options = options;
  try {
    group.store = open_store(place, to_ms(options.join_s));
  } catch (const std::exception& failure) {
    if (place.rank == 0 && !place.launcher_has_store) {
      return fail(
          "port {} of this machine cannot be opened for the other ranks ({}); set the variable "
          "MASTER_PORT to another port, for every process",
          place.port, words_of(failure));
    }
    return fail(
        "rank {} of {} found no rank 0 at {}:{} within {:.0f} s ({}); is it started, and are "
        "MASTER_ADDR and MASTER_PORT right?",
        place.rank, place.size, place.address, place.port, options.join_s, words_of(failure));
  }
  const auto machine = machine_name(), own = machine + '\n' + own_cores();
  std::vector<std::string> all;
  try {
    PNO_TRY(all,
            meet(*group.store,
                 {.place = place, .name = "join", .timeout_s = options.join_s, .say = say}, own));
  } catch (const std::exception& failure) {
    return fail("{}; no step was taken",
                LostRank(words_of(failure)).sentence("before all had come"));
  }
  const auto is_here = [&](const std::string& other) { return other.starts_with(machine + '\n'); };
  const auto before = std::count_if(all.begin(), all.begin() + place.rank, is_here);
  ranks->local_rank_ = place.local_rank.value_or(static_cast<int>(before));
  ranks->sharing_cores_ = static_cast<int>(std::count(all.begin(), all.end(), own));
  group.is_one_machine = std::all_of(all.begin(), all.end(), is_here);
  return ranks;
}

Expected<std::vector<std::string>> Ranks::gather(const std::string& own) {
  if (!group_) return std::vector{own};
  // Not interruptible: a rank that left here would keep the others waiting in connect().
  const RankMeeting meeting{.place = group_->options.place,
                            .name = "gather",
                            .timeout_s = group_->options.timeout_s,
                            .interruptible = false};
  Expected<std::vector<std::string>> texts;
  group_->attempt([&] { texts = meet(*group_->store, meeting, own); });
  return texts;
}

Expected<void> Ranks::connect(torch::Device device) {
  if (!group_) return {};
  if (auto why = why_no_engine(device); !why.empty()) return fail("{}", why);
  auto& group = *group_;
  group.device = device;
  const EngineOptions options{.place = group.options.place,
                              .device = device,
                              .is_one_machine = group.is_one_machine,
                              .timeout = to_ms(group.options.timeout_s)};
  group.attempt([&] { group.engine = connect_engine(*group.store, options); });
  return {};
}

void Ranks::begin_sum(const torch::Tensor& part) {
  if (group_) group_->attempt([&] { group_->engine->begin_sum(part); });
}

void Ranks::wait() {
  if (group_) group_->attempt([&] { group_->engine->finish(); });
}

void Ranks::sum(std::span<double> values) {
  if (!group_) return;
  const auto count = static_cast<std::int64_t>(values.size());
  const auto host = torch::from_blob(values.data(), {count}, torch::kDouble);
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

std::string Ranks::broadcast(const std::string& text) {
  if (!group_) return text;
  const auto send = [&](const torch::Tensor& host) {
    const auto there = host.to(group_->device);
    broadcast(there);
    if (!there.is_same(host)) host.copy_(there);
  };
  const auto size = torch::tensor(static_cast<std::int64_t>(text.size()));
  send(size);
  auto all =
      is_first() ? text : std::string(static_cast<std::size_t>(size.item<std::int64_t>()), 0);
  if (all.empty()) return all;
  send(torch::from_blob(all.data(), {static_cast<std::int64_t>(all.size())}, torch::kByte));
  return all;
}

}  // namespace pno::train
