// pno train as several processes on the loopback, with the variables that torchrun sets: equal to
// one process with the same batch for any number of processes, and stopped when one is lost.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <list>
#include <sstream>
#include <thread>

#include "model/model_file.h"
#include "model/parameters.h"
#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;
using Arguments = std::vector<std::string>;

// Sums over ranks add the same float32 gradients in another order, and Adam amplifies the rounding
// of the smallest of them.
constexpr double kLossRounding = 1e-5, kWeightRounding = 1e-5;

// A port that is free now.
int free_port() {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(handle, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(handle);
  return ntohs(address.sin_port);
}

class Ranks : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    write_notes("d.notes");
  }

  // Five crops, which two and three ranks share unevenly, and one thread each. Flags in `more`
  // replace those of the same name.
  static Arguments call(const std::string& run, int steps, const Arguments& more = {}) {
    const Arguments own = {"--threads",        "1", "--batch",     "5",
                           "--sample-minutes", "0", "--precision", "f32"};
    auto all =
        Arguments{"train", "d.notes", "-o", run, "--steps", std::to_string(steps)} + kTinyTraining;
    const auto flags = own + more;
    for (std::size_t i = 0; i < flags.size(); ++i) {
      const bool has_value = i + 1 < flags.size() && !flags[i + 1].starts_with("--");
      const auto at = std::find(all.begin(), all.end(), flags[i]);
      if (at != all.end()) {
        *std::next(at) = flags[++i];
        continue;
      }
      all.push_back(flags[i]);
      if (has_value) all.push_back(flags[++i]);
    }
    return all;
  }
  static Arguments variables(int rank, int size, int port) {
    return {"RANK=" + std::to_string(rank), "WORLD_SIZE=" + std::to_string(size),
            "LOCAL_RANK=" + std::to_string(rank), "MASTER_ADDR=127.0.0.1",
            "MASTER_PORT=" + std::to_string(port)};
  }
  std::list<Process>& start(int size, const Arguments& arguments) {
    processes_.clear();
    const int port = free_port();
    for (int rank = 0; rank < size; ++rank) {
      processes_.emplace_back(PNO_PROGRAM, arguments, folder(), variables(rank, size, port),
                              ".rank-" + std::to_string(rank));
    }
    return processes_;
  }
  Process& process(int rank) { return *std::next(processes_.begin(), rank); }
  // Each must succeed, and only the first may print anything.
  void run(int size, const Arguments& arguments) {
    start(size, arguments);
    for (int rank = 0; rank < size; ++rank) {
      const auto end = process(rank).wait();
      EXPECT_EQ(end.exit_code, 0) << rank << ": " << end.err;
      EXPECT_EQ(rank > 0 ? end.out + end.err : "", "") << rank;
    }
  }

  // The values of `key` in metrics.jsonl.
  std::vector<double> numbers(const std::string& run, const std::string& key) const {
    std::vector<double> found;
    std::istringstream lines(read(run + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const auto json = Json::parse(line);
      if (json.contains(key)) found.push_back(json[key].get<double>());
    }
    return found;
  }
  void expect_same_run(const std::string& a, const std::string& b) const {
    for (const auto* key :
         {"train_nll", "train_nll_grammar", "validation_nll", "validation_nll_grammar", "tokens"}) {
      const auto left = numbers(a, key), right = numbers(b, key);
      ASSERT_EQ(left.size(), right.size()) << key;
      ASSERT_GE(left.size(), 2U);
      for (std::size_t i = 0; i < left.size(); ++i) {
        EXPECT_NEAR(left[i], right[i], kLossRounding * left[i]) << b << ' ' << key << ' ' << i;
      }
    }
    double largest = 0;
    const auto one = model::ModelFile::open(path(a + "/model.safetensors"));
    const auto other = model::ModelFile::open(path(b + "/model.safetensors"));
    ASSERT_TRUE(one && other);
    for (const auto& parameter : model::parameters(one->config(), one->vocabulary_size())) {
      const auto left = one->values(parameter.name), right = other->values(parameter.name);
      for (std::size_t i = 0; i < left.size(); ++i) {
        largest = std::max(largest, static_cast<double>(std::abs(left[i] - right[i])));
      }
    }
    EXPECT_LT(largest, kWeightRounding) << b;
    std::cout << b << ": weights differ by " << largest << " at most\n";
  }

  template <class Condition>
  void wait_for(const Condition& condition) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (!condition() && Clock::now() < deadline) {
      ASSERT_FALSE(process(0).has_ended()) << process(0).err_so_far();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(condition()) << process(0).err_so_far();
  }
  // Of metrics.jsonl: a line every ten steps, and the checkpoints of the steps before them.
  std::ptrdiff_t lines(const std::string& run) const {
    if (!exists(run + "/metrics.jsonl")) return 0;
    const auto text = read(run + "/metrics.jsonl");
    return std::count(text.begin(), text.end(), '\n');
  }
  bool has_checkpoint(const std::string& run, int step) const {
    return exists(run + "/checkpoint/step-0000000" + std::to_string(step) + ".safetensors");
  }
  // All but one rank end with exit code 1 and a sentence. Returns the seconds after `since`.
  double expect_all_notice(int size, int lost, const std::string& run, Clock::time_point since) {
    for (int rank = 0; rank < size; ++rank) {
      if (rank == lost) continue;
      const auto end = process(rank).wait(std::chrono::seconds(60));
      EXPECT_EQ(end.exit_code, 1) << rank;
      EXPECT_THAT(end.err,
                  testing::ContainsRegex(
                      "pno: a rank was lost after step [0-9]+ \\(.*\\); the run stops; the "
                      "checkpoint of step [0-9]+ is good: continue from it with --resume, "
                      "with any number of ranks"))
          << rank;
      EXPECT_EQ(end.out, "");
    }
    const std::chrono::duration<double> seconds = Clock::now() - since;
    std::cout << run << ": rank " << lost << " of " << size << ", noticed by all after "
              << seconds.count() << " s\n";
    return seconds.count();
  }
  void expect_to_resume(const std::string& run, int size) {
    const auto before = *numbers(run, "tokens").rbegin();
    const int steps = 100000;
    start(size, call(run, steps, {"--resume", "--minutes", "0.02"}));
    for (int rank = 0; rank < size; ++rank) {
      const auto end = process(rank).wait();
      EXPECT_EQ(end.exit_code, 0) << end.err;
    }
    EXPECT_GT(*numbers(run, "tokens").rbegin(), before);
  }

  std::list<Process> processes_;
};

class SlowRanks : public Ranks {};

TEST_F(Ranks, TwoEqualOne) {
  const Arguments with_grammar = {"--grammar-weight", "0.1", "--crops", "tokens"};
  ASSERT_EQ(pno(call("one", 30, with_grammar)).exit_code, 0);
  run(2, call("two", 30, with_grammar));
  expect_same_run("one", "two");
  EXPECT_THAT(read("two/model.safetensors").substr(0, 10000), HasSubstr(", 2 ranks"));
}

TEST_F(SlowRanks, TwoEqualOneWithRoles) {
  const Arguments roles = {"--vocabulary", "performance+",          "--context",
                           "256",          "--validation-examples", "1"};
  ASSERT_EQ(pno(call("one", 20, roles)).exit_code, 0);
  run(2, call("two", 20, roles));
  expect_same_run("one", "two");
  for (const auto* key : {"train_nll_plain", "validation_nll_grammar_plain"}) {
    const auto left = numbers("one", key), right = numbers("two", key);
    ASSERT_EQ(left.size(), right.size()) << key;
    ASSERT_GE(left.size(), 1U);
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_NEAR(left[i], right[i], kLossRounding * left[i]) << key;
    }
  }
}

// With dropout, parts of a batch, frozen layers, averaged weights, and a validation of which some
// ranks have no window.
TEST_F(SlowRanks, ThreeAndFiveEqualOneWithEveryOption) {
  const Arguments everything = {
      "--accumulate",       "2",   "--freeze", "embedding", "--ema-decay",          "0.9",
      "--dropout",          "0.3", "--layers", "2",         "--validation-windows", "2",
      "--validation-steps", "10"};
  ASSERT_EQ(pno(call("one", 30, everything)).exit_code, 0);
  run(3, call("three", 30, everything));
  expect_same_run("one", "three");
  run(5, call("five", 30, everything));
  expect_same_run("one", "five");
}

TEST_F(SlowRanks, ARunResumesWithAnotherNumberOfRanks) {
  // The learning rate depends on the number of steps: the same for all, stopped before the end.
  const Arguments stopped = {"--checkpoint-steps", "10", "--keep-checkpoints", "9"};
  ASSERT_EQ(pno(call("whole", 60)).exit_code, 0);
  const auto to = [&](int size, int steps, const Arguments& more) {
    auto arguments = call("parts", 60, more + stopped);
    start(size, arguments);
    if (steps < 60) {
      wait_for([&] { return has_checkpoint("parts", steps); });
      process(size - 1).signal(SIGTERM);
    }
    for (int rank = 0; rank < size; ++rank) process(rank).wait();
  };
  to(2, 10, {});
  to(1, 30, {"--resume"});
  to(3, 60, {"--resume"});
  expect_same_run("whole", "parts");
}

TEST_F(Ranks, ASignalToOneStopsAllWithACheckpoint) {
  start(2, call("run", 1000000));
  ASSERT_TRUE(process(1).wait_until_interruptible());
  wait_for([&] { return lines("run") > 0; });
  process(1).signal(SIGTERM);
  const auto second = process(1).wait(), first = process(0).wait();
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(first.err, HasSubstr("--resume continues from it"));
  EXPECT_EQ(second.err, "");
  expect_to_resume("run", 1);
}

TEST_F(Ranks, AKilledRankEndsAllAtOnce) {
  constexpr double kSoon_s = 30;  // a second, on a machine that is not busy
  for (const int lost : {2, 0}) {
    const auto run = "run-" + std::to_string(lost);
    start(3, call(run, 1000000, {"--checkpoint-steps", "20"}));
    wait_for([&] { return lines(run) > 5; });
    const auto since = Clock::now();
    ASSERT_TRUE(process(lost).kill());
    EXPECT_LT(expect_all_notice(3, lost, "killed", since), kSoon_s);
  }
  expect_to_resume("run-2", 2);
}

TEST_F(SlowRanks, AStoppedRankEndsAllAfterTheTimeout) {
  constexpr double kTimeout_s = 5, kLongest_s = 40;
  for (const int lost : {1, 0}) {
    const auto run = "run-" + std::to_string(lost);
    start(3, call(run, 1000000, {"--checkpoint-steps", "20", "--rank-timeout", "5"}));
    wait_for([&] { return lines(run) > 5; });
    const auto since = Clock::now();
    process(lost).signal(SIGSTOP);
    const auto seconds = expect_all_notice(3, lost, "stopped", since);
    EXPECT_GT(seconds, kTimeout_s - 1);
    EXPECT_LT(seconds, kLongest_s);
    process(lost).kill();
  }
}

TEST_F(Ranks, ARankThatCannotBeginTellsTheOthersWhy) {
  const int port = free_port();
  auto other = call("run", 10);
  other[1] = "gone.notes";
  for (int rank = 0; rank < 2; ++rank) {
    processes_.emplace_back(PNO_PROGRAM, rank == 1 ? other : call("run", 10), folder(),
                            variables(rank, 2, port), ".rank-" + std::to_string(rank));
  }
  expect_failure(process(1).wait(), 1, "gone.notes");
  expect_failure(process(0).wait(), 1, "rank 1 stopped before the first step: gone.notes");
  processes_.clear();
  const int next = free_port();
  for (int rank = 0; rank < 2; ++rank) {
    const Arguments more = {"--learning-rate", rank == 0 ? "0.1" : "0.2"};
    processes_.emplace_back(PNO_PROGRAM, call("run", 10, more), folder(), variables(rank, 2, next),
                            ".rank-" + std::to_string(rank));
  }
  for (int rank = 0; rank < 2; ++rank) {
    expect_failure(process(rank).wait(), 1,
                   "rank 1 was given another dataset or other flags than rank 0: its "
                   "training.learning_rate 0.2");
  }
}

TEST_F(Ranks, WrongStartsGetASentence) {
  const auto start_as = [&](const Arguments& variables, const Arguments& more) {
    return Process(PNO_PROGRAM, call("run", 10, more), folder(), variables, ".rank").wait();
  };
  expect_failure(start_as({"RANK=0"}, {}), 2, "RANK is set and WORLD_SIZE is not");
  expect_failure(start_as(variables(0, 6, 1), {}), 2, "batch is 5, fewer crops than the 6 ranks");
  const auto alone = start_as(variables(0, 2, free_port()), {"--join-timeout", "1"});
  expect_failure(alone, 1, "of 2 ranks, 1 (rank 1) did not come to 127.0.0.1:");
  const auto lonely = start_as(variables(1, 2, free_port()), {"--join-timeout", "1"});
  expect_failure(lonely, 1, "rank 1 of 2 found no rank 0 at 127.0.0.1:");
  EXPECT_FALSE(exists("run"));
}

}  // namespace
}  // namespace pno::cli_test
