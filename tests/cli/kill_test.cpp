// kill -9 at random times during training or while a checkpoint is written: the resumed run ends
// with bitwise the same weights as an undisturbed run.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <random>
#include <thread>

#include "scratch.h"

namespace pno::cli_test {
namespace {

class Killed : public Scratch {
 protected:
  // Writes a checkpoint after every step, so that many kills happen during a write.
  void expect_same_weights_after(int kills, int steps) const {
    write_notes("d.notes");
    const auto call = [&](const std::string& run) {
      return std::vector<std::string>{"train",       "d.notes",   "-o",
                                      run,           "--threads", "1",
                                      "--ema-decay", "0.99",      "--sample-minutes",
                                      "0",           "--steps",   std::to_string(steps)} +
             kTinyTraining;
    };
    ASSERT_EQ(pno(call("alone")).exit_code, 0);
    auto killed = call("killed");
    killed.insert(killed.end(), {"--checkpoint-steps", "1"});
    constexpr int kSeed = 5, kLongestMs = 400;
    std::mt19937 random(kSeed);
    int done = 0, half_written = 0, started_again = 0;
    for (int attempt = 0; done < kills && attempt < 3 * kills; ++attempt) {
      auto now = killed;
      const bool has_checkpoint = exists("killed/checkpoint") && !checkpoints().empty();
      if (has_checkpoint) now.emplace_back("--resume");
      started_again += has_checkpoint ? 0 : 1;
      Process process(PNO_PROGRAM, now, folder());
      ASSERT_TRUE(process.wait_until_interruptible()) << process.wait().err;
      const auto delay = std::uniform_int_distribution(0, kLongestMs)(random);
      std::this_thread::sleep_for(std::chrono::milliseconds(delay));
      done += process.kill() ? 1 : 0;
      half_written += count_half_written();
    }
    EXPECT_EQ(done, kills) << "the run ended before it was killed this many times";
    std::cout << done << " kills, " << half_written << " of them during a write, " << started_again
              << " starts without a checkpoint\n";
    if (exists("killed/checkpoint") && !checkpoints().empty()) killed.emplace_back("--resume");
    const auto last = pno(killed);
    ASSERT_EQ(last.exit_code, 0) << last.err;
    EXPECT_EQ(weights("alone/model.safetensors"), weights("killed/model.safetensors"));
    const auto name = "/checkpoint/" + checkpoints().back();
    EXPECT_EQ(read("alone" + name), read("killed" + name));
  }

 private:
  std::vector<std::string> checkpoints() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / "killed/checkpoint")) {
      auto name = entry.path().filename().string();
      if (name.ends_with(".safetensors")) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // The bytes after the header, which names the command lines of the run.
  std::string weights(const std::string& model) const {
    const auto bytes = read(model);
    std::uint64_t header_size = 0;
    EXPECT_GT(bytes.size(), sizeof(header_size));
    std::memcpy(&header_size, bytes.data(), sizeof(header_size));
    return bytes.substr(sizeof(header_size) + header_size);
  }
  int count_half_written() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / "killed")) {
      if (entry.path().filename().string().find(".tmp-") != std::string::npos) return 1;
    }
    return 0;
  }
};

class SlowKilled : public Killed {};

TEST_F(Killed, ThreeKillsDoNotChangeTheWeights) {
  expect_same_weights_after(3, 200);
}

TEST_F(SlowKilled, ThirtyKillsDoNotChangeTheWeights) {
  expect_same_weights_after(30, 2500);
}

}  // namespace
}  // namespace pno::cli_test
