// stdin and stdout as files, links as outputs, and what a terminal shows of a file.

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;

class Streams : public Scratch {};

TEST_F(Streams, MidiOnStdoutStandsAlone) {
  write("a.txt", "NOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\n");
  ASSERT_EQ(pno({"tokens", "--decode", "a.txt", "-o", "a.mid"}).exit_code, 0);
  for (const auto* name : {"-", "/dev/stdout"}) {
    const auto piped = pno({"tokens", "--decode", "-", "-o", name}, read("a.txt"));
    EXPECT_EQ(piped.exit_code, 0) << name;
    EXPECT_EQ(piped.out, read("a.mid")) << name;
    EXPECT_THAT(piped.err, HasSubstr("1 note from 3 events")) << name;
  }
  EXPECT_FALSE(exists("-"));
  expect_failure(pno({"prepare", "a.mid", "-o", "-"}), 2, "cannot be written to stdout");
}

TEST_F(Streams, JsonAndMidiOnStdoutExcludeEachOther) {
  const auto both = pno({"tokens", "--decode", "a.txt", "-o", "-", "--json"});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_EQ(keys(Json::parse(both.out)), std::vector<std::string>{"error"});
}

TEST_F(Streams, MidiIsReadFromStdin) {
  write_midi("a.mid", 8);
  const auto bytes = read("a.mid");
  EXPECT_EQ(pno({"tokens", "-"}, bytes).out, pno({"tokens", "a.mid"}).out);
  EXPECT_THAT(pno({"info", "-"}, bytes).out, HasSubstr("stdin: MIDI, format"));
  expect_failure(pno({"tokens", "-"}, "Dear diary"), 1, "stdin: ");
  write_notes("d.notes");
  expect_failure(pno({"info", "-"}, read("d.notes")), 1, "stdin: is a dataset");
}

TEST_F(Streams, APrimeIsReadFromStdin) {
  write_model("m.safetensors");
  write_midi("a.mid", 8);
  const auto generate = [&](const std::string& prime, const std::string& output) {
    return pno({"generate", "m.safetensors", "--prime", prime, "-o", output, "--tokens", "20",
                "--seed", "1", "--threads", "1"},
               prime == "-" ? read("a.mid") : "");
  };
  ASSERT_EQ(generate("a.mid", "file.mid").exit_code, 0);
  const auto piped = generate("-", "piped.mid");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_THAT(piped.out, HasSubstr("after the start of stdin"));
  EXPECT_EQ(read("piped.mid"), read("file.mid"));
  EXPECT_EQ(generate("-", "-").out, read("file.mid"));
  expect_failure(pno({"generate", "m.safetensors", "--prime", "-", "-o", "b.mid"}, "Dear diary"), 1,
                 "stdin: ");
}

TEST_F(Streams, SeveralPiecesDoNotFitOnStdout) {
  write_model("m.safetensors");
  expect_failure(pno({"generate", "m.safetensors", "-o", "-", "--count", "2"}), 2,
                 "one MIDI file, and --count is 2");
}

TEST_F(Streams, GenerateReplacesItsOwnFilesAlone) {
  write_model("m.safetensors");
  write_midi("mine.mid", 8);
  const auto before = read("mine.mid");
  const std::vector<std::string> call = {"generate", "m.safetensors", "--tokens", "60", "-o"};
  expect_failure(pno(call + std::vector<std::string>{"mine.mid"}), 1, "add --overwrite");
  EXPECT_EQ(read("mine.mid"), before);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(pno(call + std::vector<std::string>{"new.mid"}).exit_code, 0);
  }
  EXPECT_EQ(pno(call + std::vector<std::string>{"mine.mid", "--overwrite"}).exit_code, 0);
  EXPECT_NE(read("mine.mid"), before);
}

TEST_F(Streams, OutputFollowsALinkToAFileThatIsNotThereYet) {
  write_midi("a.mid", 8);
  std::filesystem::create_symlink("target.txt", folder() / "link.txt");
  EXPECT_EQ(pno({"tokens", "a.mid", "-o", "link.txt"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder() / "link.txt"));
  EXPECT_EQ(read("target.txt"), pno({"tokens", "a.mid"}).out);
}

TEST_F(Streams, ControlCharactersOfMetadataAreEscaped) {
  write_model("m.safetensors");
  auto bytes = read("m.safetensors");
  // As long as before, for the offsets in the header.
  const std::string licence = "CC0-1.0", red = "\\u001b!";
  bytes.replace(bytes.find(licence), licence.size(), red);
  write("red.safetensors", bytes);
  const auto info = pno({"info", "red.safetensors"});
  EXPECT_EQ(info.exit_code, 0) << info.err;
  EXPECT_THAT(info.out, HasSubstr("\\x1b!"));
  EXPECT_EQ(info.out.find('\x1b'), std::string::npos);
}

TEST_F(Streams, ErrorsAreJsonToo) {
  const auto missing = pno({"info", "gone.mid", "--json"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(Json::parse(missing.out)["error"].get<std::string>(), HasSubstr("gone.mid"));
  EXPECT_THAT(missing.err, HasSubstr("gone.mid"));
}

TEST_F(Streams, OneMissingFileAmongSeveralExitsWithOne) {
  write_midi("a.mid", 1);
  const auto finished = pno({"info", "a.mid", "gone.mid"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.out, HasSubstr("(1 note)"));
  EXPECT_THAT(finished.out, HasSubstr("1 track,"));
}

}  // namespace
}  // namespace pno::cli_test
