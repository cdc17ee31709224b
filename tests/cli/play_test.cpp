// pno play and pno generate --play, with the sound in a file instead of a device.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kToFile = {"--driver", "file", "--sound-file", "sound.wav"};

class Play : public Scratch {
 protected:
  void SetUp() override {
#ifndef PNO_HAS_SOUND
    GTEST_SKIP() << "this build has no sound";
#endif
    Scratch::SetUp();
  }
  Json play(std::vector<std::string> arguments) const {
    return pno_json(std::vector<std::string>{"play"} + arguments + kToFile +
                    std::vector<std::string>{"--tail-seconds", "0.1"});
  }
  void expect_usage(const std::vector<std::string>& arguments, const std::string& what) const {
    expect_failure(pno(std::vector<std::string>{"play"} + arguments), 2, what);
  }
};

TEST_F(Play, MidiFileSoundsToItsEnd) {
  write_midi("a.mid", 12);
  const auto played = play({"a.mid"});
  EXPECT_EQ(played["notes"], 12);
  EXPECT_EQ(played["whole"], true);
  EXPECT_EQ(played["waits"], 0);
  EXPECT_TRUE(played["under_runs"].is_null()) << "a file has no device";
  EXPECT_TRUE(exists("sound.wav"));
}

TEST_F(Play, PartOfAPieceIsPlayed) {
  write_midi("a.mid", 80);
  const auto played = play({"a.mid", "--from", "2", "--seconds", "1"});
  EXPECT_GT(played["notes"], 4);
  EXPECT_LT(played["notes"], 14);
  EXPECT_GE(played["music_seconds"], 3);
  EXPECT_EQ(played["whole"], false);
}

TEST_F(Play, StdinIsPlayed) {
  write_midi("a.mid", 8);
  const auto finished =
      pno(std::vector<std::string>{"play", "-", "--json", "--tail-seconds", "0"} + kToFile,
          read("a.mid"));
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(Json::parse(finished.out)["notes"], 8);
  expect_failure(pno({"play", "-"}, "Dear diary"), 1, "stdin: ");
}

TEST_F(Play, PieceOfADatasetIsPlayed) {
  write_notes("d.notes");
  const auto played = play({"d.notes", "--piece", "3", "--seconds", "0.5"});
  EXPECT_EQ(played["piece"], 3);
  EXPECT_GT(played["notes"], 0);
  expect_usage({"d.notes"}, "has 12 pieces; choose one with --piece");
  expect_usage({"d.notes", "--piece", "13"}, "its pieces are 1 to 12");
}

TEST_F(Play, ModelIsPlayedWhileItDraws) {
  write_model("m.safetensors");
  const auto played = play({"m.safetensors", "--seconds", "1.5", "--seed", "7"});
  EXPECT_EQ(played["seed"], 7);
  EXPECT_GT(played["notes"], 0);
  EXPECT_GE(played["music_seconds"], 1.4);
}

TEST_F(Play, FlagsForAnotherKindOfFileAreRefused) {
  write_midi("a.mid", 8);
  write_model("m.safetensors");
  expect_usage({"a.mid", "--seed", "1"}, "--seed is for a model");
  expect_usage({"a.mid", "--temperature", "0.9"}, "--temperature is for a model");
  expect_usage({"a.mid", "--piece", "1"}, "--piece is for a dataset");
  expect_usage({"m.safetensors", "--key-strength", "3"}, "--key-strength");
  expect_usage({"m.safetensors", "--from", "3"}, "--from is for music that is there");
}

TEST_F(Play, GenerateWritesTheSameFileWhetherItIsPlayedOrNot) {
  write_model("m.safetensors");
  const std::vector<std::string> generate = {
      "generate", "m.safetensors", "--seconds", "1.2",         "--seed",
      "5",        "--threads",     "1",         "--transpose", "1"};
  const auto silent = pno_json(generate + std::vector<std::string>{"-o", "silent.mid"});
  const auto heard =
      pno_json(generate + std::vector<std::string>{"-o", "heard.mid", "--play"} + kToFile);
  EXPECT_EQ(read("heard.mid"), read("silent.mid"));
  EXPECT_EQ(heard["tokens"], silent["tokens"]);
  EXPECT_GT(heard["played"]["notes"], 0);
  EXPECT_NEAR(heard["played"]["music_seconds"].get<double>(), silent["music_seconds"].get<double>(),
              0.6);
}

TEST_F(Play, GeneratePlaysOnePieceOnly) {
  write_model("m.safetensors");
  const std::vector<std::string> generate = {"generate", "m.safetensors", "-o", "a.mid", "--play"};
  expect_failure(pno(generate + std::vector<std::string>{"--count", "2"}), 2, "omit --count");
  expect_failure(pno(generate + std::vector<std::string>{"--beam", "2"}), 2, "omit --beam");
  expect_failure(pno({"generate", "m.safetensors", "-o", "a.mid", "--port", "x"}), 2, "--play");
}

TEST_F(Play, JamRefusesWhatItCannotDo) {
  write_midi("a.mid", 8);
  write_model("m.safetensors");
  const auto jam = [&](const std::vector<std::string>& more) {
    return pno(std::vector<std::string>{"jam", "m.safetensors", "--mock", "a.mid"} + more);
  };
  expect_failure(jam({"--duet"}), 1, "has no roles, so it cannot play while you play");
  expect_failure(jam({"--controls", "tempo=20"}), 2, "'tempo' cannot be controlled");
  expect_failure(jam({"--controls", "density=67"}), 2, "controller 67 gives the turn");
  write("c.toml", "density = 20\nloudness = \"x\"\n");
  expect_failure(jam({"--controls", "c.toml"}), 1, "c.toml: the controller of loudness is 'x'");
}

TEST_F(Play, JamReportsItsProcessorTimeAndMemory) {
  write_midi("a.mid", 40);
  write_model("m.safetensors");
  const auto result = pno_json({"jam", "m.safetensors", "--mock", "a.mid", "--mock-seconds", "20",
                                "--mock-speed", "10", "--controls", "density=20"});
  EXPECT_GT(result["memory_mb"], 1);
  EXPECT_GT(result["cpu_share"], 0);
  EXPECT_TRUE(result["under_runs"].is_null()) << "this session has no sound";
  EXPECT_EQ(result["stuck_notes"], 0);
}

}  // namespace
}  // namespace pno::cli_test
