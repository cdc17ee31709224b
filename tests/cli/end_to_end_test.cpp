// All commands but training, with a model of random weights.

#include <algorithm>

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;

class EndToEnd : public Scratch {};

TEST_F(EndToEnd, PrepareWritesTheSameBytesForAnyNumberOfThreads) {
  write_midi_folder("music", 20, 200);
  ASSERT_EQ(pno({"prepare", "music", "-o", "one.notes", "--threads", "1"}).exit_code, 0);
  ASSERT_EQ(pno({"prepare", "music", "-o", "four.notes", "--threads", "4"}).exit_code, 0);
  EXPECT_EQ(read("one.notes"), read("four.notes"));
  EXPECT_FALSE(read("one.notes").empty());
}

TEST_F(EndToEnd, TokensRoundTripThroughText) {
  write_midi("a.mid", 50);
  for (const auto* vocabulary : {"performance", "pno-ai"}) {
    const auto text = pno({"tokens", "a.mid", "--vocabulary", vocabulary});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    ASSERT_EQ(
        pno({"tokens", "--decode", "-o", "b.mid", "--vocabulary", vocabulary}, text.out).exit_code,
        0);
    EXPECT_EQ(pno({"tokens", "b.mid", "--vocabulary", vocabulary}).out, text.out);
  }
}

TEST_F(EndToEnd, SameSeedWritesTheSameBytes) {
  write_model("m.safetensors");
  const auto generate = [&](const std::string& name, const std::string& seed) {
    const auto finished = pno({"generate", "m.safetensors", "-o", name, "--seed", seed, "--seconds",
                               "5", "--threads", "2"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return read(name);
  };
  const auto first = generate("a.mid", "7");
  EXPECT_EQ(generate("b.mid", "7"), first);
  EXPECT_NE(generate("c.mid", "8"), first);
}

TEST_F(EndToEnd, RandomSeedIsPrintedAndRepeatable) {
  write_model("m.safetensors");
  const auto json = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "60"});
  const auto seed = std::to_string(json["seed"].get<std::uint64_t>());
  pno_json({"generate", "m.safetensors", "-o", "b.mid", "--tokens", "60", "--seed", seed});
  EXPECT_EQ(read("a.mid"), read("b.mid"));
}

TEST_F(EndToEnd, CountWritesDifferentPiecesInOneFileEach) {
  write_model("m.safetensors");
  const auto json = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "60",
                              "--count", "3", "--seed", "1"});
  EXPECT_EQ(json["tokens"], 180);
  EXPECT_THAT(listing(), testing::ElementsAre("a-1.mid", "a-2.mid", "a-3.mid", "m.safetensors"));
  EXPECT_NE(read("a-1.mid"), read("a-2.mid"));
  EXPECT_NE(read("a-2.mid"), read("a-3.mid"));
  pno_json({"generate", "m.safetensors", "-o", "b.mid", "--tokens", "60", "--seed", "1"});
  EXPECT_EQ(pno({"tokens", "b.mid"}).out, pno({"tokens", "a-1.mid"}).out);
}

TEST_F(EndToEnd, ContinuationBeginsWithItsPrime) {
  write_model("m.safetensors");
  write_midi("prime.mid", 40);
  const auto json = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--prime", "prime.mid",
                              "--prime-seconds", "2", "--seconds", "3", "--seed", "1"});
  EXPECT_GT(json["prime_tokens"], 2 * 8 * 3);  // eight notes per second, at least three events each
  EXPECT_GE(json["music_seconds"], 3.0);
  const auto prime = pno({"tokens", "prime.mid"}).out;
  const auto both = pno({"tokens", "a.mid"}).out;
  const auto same = std::mismatch(prime.begin(), prime.end(), both.begin(), both.end()).first;
  const auto shared = std::string(prime.begin(), same);
  // The sixteen notes of the prime; the model generated the rest.
  std::size_t notes = 0;
  for (auto at = shared.find("NOTE_ON"); at != std::string::npos;
       at = shared.find("NOTE_ON", at + 1)) {
    ++notes;
  }
  EXPECT_GE(notes, 16U);
  EXPECT_LT(shared.size(), prime.size());
}

TEST_F(EndToEnd, PrimeFromSkipsTheBeginningOfTheFile) {
  write_model("m.safetensors");
  write_midi("prime.mid", 40);  // eight notes per second
  const auto prime_tokens = [&](const std::vector<std::string>& more) {
    return pno_json(std::vector<std::string>{"generate", "m.safetensors", "-o", "a.mid", "--prime",
                                             "prime.mid", "--tokens", "5", "--seed", "1"} +
                    more)["prime_tokens"]
        .get<int>();
  };
  const int all = prime_tokens({});
  EXPECT_LT(prime_tokens({"--prime-from", "4"}), all / 4);
  EXPECT_GT(prime_tokens({"--prime-from", "4"}), 8 * 3);
}

TEST_F(EndToEnd, SaysThatThePieceOfThePrimeIsComplete) {
  const std::string root = PNO_SOURCE_DIR;
  const auto finished = pno({"generate", root + "/models/piano.safetensors", "-o", "a.mid",
                             "--until-end", "--temperature", "0", "--prime",
                             root + "/data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr("the model ended the piece at once"));
  EXPECT_THAT(finished.err, HasSubstr("--prime-seconds"));
}

// The model never ends a piece, so the limit does.
TEST_F(EndToEnd, UntilEndStopsAtTheLimit) {
  write_model("m.safetensors");
  const auto json = pno_json(
      {"generate", "m.safetensors", "-o", "a.mid", "--until-end", "--seconds", "3", "--seed", "1"});
  EXPECT_GE(json["music_seconds"], 3.0);
  EXPECT_LT(json["music_seconds"], 4.0);
  EXPECT_EQ(json["ended"], "limit");
  EXPECT_EQ(json["ended_by"]["limit"], 1);
}

TEST_F(EndToEnd, ContinuationKeepsTheFileOfThePrime) {
  write_model("m.safetensors");
  write_midi("prime.mid", 40);
  const auto json = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--prime", "prime.mid",
                              "--prime-seconds", "2", "--seconds", "3", "--seed", "1"});
  EXPECT_NEAR(json["offset_seconds"].get<double>(), 2, 0.3);
  const auto prime = pno_json({"info", "prime.mid"})["files"][0];
  const auto both = pno_json({"info", "a.mid"})["files"][0];
  EXPECT_EQ(both["format"], 1);
  EXPECT_EQ(both["tracks"].get<int>(), prime["tracks"].get<int>() + 1);
  EXPECT_EQ(both["ticks_per_quarter"], prime["ticks_per_quarter"]);
}

TEST_F(EndToEnd, WithoutPrimeOmitsThePrime) {
  write_model("m.safetensors");
  write_midi("prime.mid", 40);
  const std::vector<std::string> command = {
      "generate", "m.safetensors", "--prime", "prime.mid", "--seconds", "3", "--seed", "1", "-o"};
  const auto notes = [&](const std::string& name, const std::vector<std::string>& more) {
    auto arguments = command;
    arguments.push_back(name);
    arguments.insert(arguments.end(), more.begin(), more.end());
    pno_json(arguments);
    return pno_json({"info", name})["files"][0]["notes"].get<int>();
  };
  const int with = notes("a.mid", {});
  EXPECT_EQ(notes("b.mid", {"--without-prime"}), with - 40);
}

TEST_F(EndToEnd, TransposeAndTempoScaleChangeTheResult) {
  write_model("m.safetensors");
  const auto generate = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"generate", "m.safetensors", "-o", name, "--seed", "1"});
    return pno_json(more);
  };
  // At twice the tempo, ten seconds need twenty seconds of the model's music.
  const auto plain = generate("a.mid", {"--seconds", "20"});
  const auto fast = generate("b.mid", {"--seconds", "10", "--tempo-scale", "2"});
  EXPECT_EQ(fast["tokens"], plain["tokens"]);
  EXPECT_EQ(fast["music_seconds"], plain["music_seconds"].get<double>() / 2);

  generate("c.mid", {"--seconds", "20", "--transpose", "12"});
  const auto range = [&](const std::string& name) {
    return pno_json({"info", name})["files"][0]["pitch_range"];
  };
  EXPECT_EQ(range("c.mid")[0], range("a.mid")[0].get<int>() + 12);
  const auto far = pno({"generate", "m.safetensors", "-o", "d.mid", "--seconds", "20", "--seed",
                        "1", "--transpose", "60"});
  EXPECT_EQ(far.exit_code, 0);
  EXPECT_THAT(far.err, HasSubstr("would leave 0 to 127 with --transpose 60; they were omitted"));
}

TEST_F(EndToEnd, InvalidEventsOfTheRawModelAreCountedAsMended) {
  write_model("m.safetensors");
  const auto raw = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "200",
                             "--seed", "1", "--unconstrained"});
  EXPECT_GT(raw["mended_by"]["stray_note_off"], 0);
  EXPECT_GT(raw["mended_by"]["unended_note"], 0);
  const auto music =
      pno_json({"generate", "m.safetensors", "-o", "b.mid", "--tokens", "200", "--seed", "1"});
  EXPECT_EQ(music["mended_by"].count("unended_note"), 0U);
}

TEST_F(EndToEnd, BeamSearchIsDeterministic) {
  write_model("m.safetensors");
  for (const auto* name : {"a.mid", "b.mid"}) {
    const auto json =
        pno_json({"generate", "m.safetensors", "-o", name, "--tokens", "60", "--beam", "3"});
    EXPECT_LT(json["log_probability"], 0.0);
  }
  EXPECT_EQ(pno({"tokens", "a.mid"}).out, pno({"tokens", "b.mid"}).out);
}

TEST_F(EndToEnd, PiecesDoNotDependOnTheirNumber) {
  write_model("m.safetensors");
  const std::vector<std::string> command = {
      "generate", "m.safetensors", "--tokens", "30", "--seed", "4", "-o"};
  auto ten = command, two = command;
  ten.insert(ten.end(), {"a.mid", "--count", "10"});
  two.insert(two.end(), {"b.mid", "--count", "2"});
  pno_json(ten);
  pno_json(two);
  EXPECT_EQ(read("a-2.mid"), read("b-2.mid"));
  EXPECT_NE(read("a-9.mid"), read("a-1.mid"));
}

TEST_F(EndToEnd, GeneratedMidiRecordsModelSeedAndLicence) {
  write_model("m.safetensors");
  pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "60", "--seed", "3",
            "--temperature", "0.9"});
  const auto midi = read("a.mid");
  EXPECT_THAT(midi, HasSubstr("m.safetensors, seed 3"));
  EXPECT_THAT(midi, HasSubstr("temperature 0.9"));
  EXPECT_THAT(midi, HasSubstr("CC0-1.0"));
}

TEST_F(EndToEnd, InfoDetectsTheKindFromTheContent) {
  write_midi("one.txt", 30);
  write_notes("two.mid");
  write_model("three.notes");
  const auto json = pno_json({"info", "one.txt", "two.mid", "three.notes"});
  EXPECT_EQ(json["files"][0]["kind"], "midi");
  EXPECT_EQ(json["files"][0]["notes"], 30);
  EXPECT_EQ(json["files"][1]["kind"], "dataset");
  EXPECT_EQ(json["files"][1]["pieces"], 12);
  EXPECT_EQ(json["files"][2]["kind"], "model");
  EXPECT_EQ(json["files"][2]["metadata"]["model"]["layers"], "2");
  EXPECT_EQ(json["files"][2]["metadata"]["data"]["licence"], "CC0-1.0");
}

TEST_F(EndToEnd, ExportHalvesTheSizeOfAModelAndKeepsItPlayable) {
  write_model("m.safetensors");
  const auto json = pno_json({"export", "m.safetensors", "-o", "small.safetensors"});
  EXPECT_EQ(json["stored"], "BF16");
  EXPECT_LT(read("small.safetensors").size(), read("m.safetensors").size() * 6 / 10);
  const auto files = pno_json({"info", "m.safetensors", "small.safetensors"})["files"];
  EXPECT_EQ(files[0]["stored"], "F32");
  EXPECT_EQ(files[1]["stored"], "BF16");
  EXPECT_EQ(files[0]["metadata"], files[1]["metadata"]);
  EXPECT_EQ(files[0]["parameters"], files[1]["parameters"]);
  EXPECT_THAT(pno({"info", "small.safetensors"}).out, HasSubstr("parameters in BF16"));
  for (const auto* precision : {"auto", "f32", "bf16", "int8"}) {
    const auto played = pno_json({"generate", "small.safetensors", "-o", "a.mid", "--tokens", "60",
                                  "--seed", "1", "--precision", precision});
    EXPECT_EQ(played["tokens"], 60) << precision;
  }
  // Converted back to float32 it is the same model: the engine reads the same values.
  pno_json({"export", "small.safetensors", "-o", "back.safetensors", "--precision", "f32"});
  const auto music = [&](const std::string& model) {
    pno_json(
        {"generate", model, "-o", "x.mid", "--tokens", "60", "--seed", "1", "--precision", "f32"});
    return pno({"tokens", "x.mid"}).out;
  };
  EXPECT_EQ(music("small.safetensors"), music("back.safetensors"));
}

TEST_F(EndToEnd, ExportInInt8IsSmallerAndPlaysTheSameMusic) {
  write_model("m.safetensors");
  const auto json =
      pno_json({"export", "m.safetensors", "-o", "i.safetensors", "--precision", "int8"});
  EXPECT_EQ(json["stored"], "I8");
  EXPECT_LT(read("i.safetensors").size(), read("m.safetensors").size() * 2 / 3);
  EXPECT_EQ(pno_json({"info", "i.safetensors"})["files"][0]["stored"], "I8");
  const auto music = [&](const std::string& model) {
    const auto played = pno_json(
        {"generate", model, "-o", "x.mid", "--tokens", "60", "--seed", "1", "--precision", "int8"});
    EXPECT_EQ(played["tokens"], 60);
    return pno({"tokens", "x.mid"}).out;
  };
  EXPECT_EQ(music("i.safetensors"), music("m.safetensors"));
}

TEST_F(EndToEnd, ExportDoesNotOverwriteItsInputOrOtherKinds) {
  write_model("m.safetensors");
  write_notes("d.notes");
  const auto before = read("m.safetensors");
  expect_failure(pno({"export", "m.safetensors", "-o", "m.safetensors"}), 2,
                 "would be overwritten");
  expect_failure(pno({"export", "m.safetensors", "-o", "d.notes"}), 2, "is not a model");
  expect_failure(pno({"export", "d.notes", "-o", "n.safetensors"}), 1, "is a dataset of 12 pieces");
  EXPECT_EQ(read("m.safetensors"), before);
  EXPECT_THAT(listing(), testing::ElementsAre("d.notes", "m.safetensors"));
}

TEST_F(EndToEnd, InfoContinuesAfterABadFile) {
  write_midi("a.mid", 3);
  write("bad.mid", "Dear diary");
  const auto finished = pno({"info", "bad.mid", "a.mid"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, HasSubstr("a.mid: MIDI"));
  EXPECT_THAT(finished.err, HasSubstr("bad.mid"));
  expect_failure(pno({"info", "bad.mid"}), 1, "bad.mid");
}

#ifdef PNO_HAS_SOUND
TEST_F(EndToEnd, RenderWritesWav) {
  write_midi("a.mid", 10);
  const auto json = pno_json({"render", "a.mid", "-o", "a.wav"});
  EXPECT_THAT(read("a.wav"), testing::StartsWith("RIFF"));
  EXPECT_GT(json["rms"], 0.0);
}
#endif

#ifdef PNO_HAS_PICTURE
TEST_F(EndToEnd, ShowWritesPngAndSvg) {
  write_midi("a.mid", 10);
  EXPECT_EQ(pno({"show", "a.mid", "-o", "a.png"}).exit_code, 0);
  EXPECT_THAT(read("a.png"), testing::StartsWith("\x89PNG"));
  EXPECT_EQ(pno({"show", "a.mid", "-o", "a.svg"}).exit_code, 0);
  EXPECT_THAT(read("a.svg"), HasSubstr("<svg"));
}

TEST_F(EndToEnd, InfoPlotsADataset) {
  write_notes("d.notes");
  EXPECT_EQ(pno_json({"info", "d.notes", "--plot", "d.png"})["files"][0]["plot"], "d.png");
  EXPECT_THAT(read("d.png"), testing::StartsWith("\x89PNG"));
}
#endif

}  // namespace
}  // namespace pno::cli_test
