// Files of another kind than the one that a command reads are named as what they are, with what to
// do, and advice names only flags that the command has.

#include <functional>
#include <memory>
#include <regex>
#include <utility>

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kTarGz("\x1F\x8B\x08\0\0\0\0\0\0\3", 10);
const std::string kPage = "<!DOCTYPE html>\n<html><body>404</body></html>\n";
const std::string kPointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";

class OtherKinds : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    write("songs.tar.gz", kTarGz);
    write("songs.tar",
          "a.mid" + std::string(252, '\0') + "ustar" + std::string(250, '\0') + "MThd");
    write("songs.7z", "7z\xBC\xAF\x27\x1C");
    write("songs.rar", "Rar!\x1A\x07\x01");
    write("cut.zip", std::string("PK\3\4", 4) + std::string(60, 'x'));
    write("page.mid", kPage);
    write("pointer.mid", kPointer);
    write("score.musicxml", "<?xml version=\"1.0\"?>\n<score-partwise version=\"3.1\"/>\n");
    write("score.mscz",
          "PK\3\4" + std::string(26, '\0') + "a.mscx" + "PK\5\6" + std::string(18, '\0'));
  }
  // The name of the kind of each file above, and the advice.
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> files_ = {
      {"songs.tar.gz", {"is a gzip archive (.gz, .tar.gz)", "unpack it first"}},
      {"songs.tar", {"is a tar archive", "unpack it first"}},
      {"songs.7z", {"is a 7-Zip archive", "unpack it first"}},
      {"songs.rar", {"is a RAR archive", "unpack it first"}},
      {"cut.zip", {"is a zip archive that seems cut short", "download it again"}},
      {"page.mid", {"is a web page (HTML)", "download the file itself"}},
      {"pointer.mid", {"is a Git LFS pointer", "'git lfs pull'"}},
      {"score.musicxml", {"is a MusicXML score", "export it as MIDI"}},
      {"score.mscz", {"is a MuseScore score (.mscz)", "export it as MIDI"}},
  };
};

// The flags in a message that `command` lacks. A flag in quotes after 'pno OTHER' is one of OTHER.
std::vector<std::string> unknown_flags(const std::string& message, std::string command,
                                       const std::function<std::string(std::string)>& help) {
  static const std::regex kWord("'pno ([a-z]+)|(--[a-z][a-z-]*)|'");
  std::vector<std::string> unknown;
  const std::string asked = command;
  for (std::sregex_iterator word(message.begin(), message.end(), kWord), end; word != end; ++word) {
    if ((*word)[1].matched) {
      command = (*word)[1];
    } else if (!(*word)[2].matched) {
      command = asked;
    } else if (!std::regex_search(help(command), std::regex((*word)[2].str() + "\\b"))) {
      unknown.push_back((*word)[2]);
    }
  }
  return unknown;
}

TEST_F(OtherKinds, AreNamedWhereverAFileIsRead) {
  write_model("m.safetensors");
  write_notes("d.notes");
  for (const auto& [file, words] : files_) {
    const auto& [what, advice] = words;
    for (const std::vector<std::string>& command : {
             std::vector<std::string>{"prepare", file, "-o", "out.notes"},
             {"info", file},
             {"tokens", file},
             {"tokens", "--decode", file, "-o", "out.mid"},
             {"generate", "m.safetensors", "--prime", file, "-o", "out.mid"},
             {"generate", file, "-o", "out.mid"},
             {"eval", file, "d.notes"},
             {"eval", "m.safetensors", file},
             {"export", file, "-o", "out.safetensors"},
#ifdef PNO_HAS_SOUND
             {"render", file, "-o", "out.wav"},
#endif
#ifdef PNO_HAS_PICTURE
             {"show", file, "-o", "out.png"},
#endif
         }) {
      SCOPED_TRACE(testing::PrintToString(command));
      const auto finished = pno(command);
      expect_failure(finished, 1, file + ": " + what);
      EXPECT_THAT(finished.err, HasSubstr(advice));
    }
  }
  for (const char* name : {"out.notes", "out.mid", "out.safetensors", "out.wav", "out.png"}) {
    EXPECT_FALSE(exists(name)) << name;
  }
}

TEST_F(OtherKinds, OfPnoAreNamedToo) {
  write_midi("a.mid", 8);
  write_model("m.safetensors");
  write_notes("d.notes");
  std::filesystem::create_directory(folder() / "music");
  std::filesystem::create_directory(folder() / "run");
  write("run/model.safetensors", read("m.safetensors"));
  write("a.txt", "BOS\nNOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\nEOS\n");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"generate", "a.mid", "-o", "o.mid"},
       "a.mid: is a MIDI file, where a model was expected; 'pno generate --prime' continues it"},
      {{"generate", "m.safetensors", "--prime", "m.safetensors", "-o", "o.mid"},
       "m.safetensors: is a model, where a MIDI file was expected; 'pno generate' makes music"},
      {{"tokens", "d.notes"}, "d.notes: is a dataset, where a MIDI file was expected"},
      {{"tokens", "a.txt"},
       "a.txt: is a text of events, where a MIDI file was expected; 'pno tokens --decode' makes"},
      {{"tokens", "--decode", "a.mid", "-o", "o.mid"},
       "a.mid: is a MIDI file, where a text of events was expected; 'pno tokens' without --decode"},
      {{"eval", "m.safetensors", "a.mid"},
       "a.mid: is a MIDI file, where a dataset was expected; first: 'pno prepare'"},
      {{"eval", "m.safetensors", "music"},
       "music: is a folder, where a dataset was expected; first: 'pno prepare'"},
      {{"eval", "m.safetensors", "m.safetensors"},
       "m.safetensors: is a model where a dataset was expected"},
      {{"eval", "d.notes", "d.notes"}, "d.notes: is a dataset of 12 pieces, not a model"},
      {{"generate", "run", "-o", "o.mid"},
       "run: is a folder, where a model was expected; name run/model.safetensors"},
      {{"generate", "music", "-o", "o.mid"}, "music: is a folder, where a model was expected"},
      {{"info", "music"}, "music: is a folder; name the files in it"},
      {{"tokens", "music"}, "music: is a folder, where a MIDI file was expected"},
      {{"prepare", "d.notes", "-o", "o.notes"},
       "d.notes: is a dataset, where a MIDI file was expected"},
      {{"prepare", "m.safetensors", "-o", "o.notes"},
       "m.safetensors: is a model, where a MIDI file was expected"},
  };
  for (const auto& [command, what] : cases) {
    SCOPED_TRACE(testing::PrintToString(command));
    expect_failure(pno(command), 1, what);
  }
  EXPECT_FALSE(exists("o.mid"));
  EXPECT_FALSE(exists("o.notes"));
}

// An organ: all its notes are those of two programs beyond the pianos.
std::string organ() {
  const std::string track(
      "\0\xC0\x13\0\xC1\x14\0\x90\x3C\x40\0\x91\x40\x40\x83\x60\x80\x3C\0\0\x81\x40\0\0\xFF\x2F\0",
      27);
  return std::string("MThd\0\0\0\6\0\0\0\1\1\xE0MTrk\0\0\0", 21) + static_cast<char>(track.size()) +
         track;
}

TEST_F(OtherKinds, AdviceNamesOnlyFlagsOfItsCommand) {
  write("organ.mid", organ());
  write_midi("silence.mid", 0);
  write_midi("a.mid", 8);
  write_model("m.safetensors");
  write_notes("d.notes");
  const auto help = [&](const std::string& command) { return pno({command, "--help"}).out; };
  std::vector<std::vector<std::string>> commands = {
      {"generate", "m.safetensors", "--prime", "organ.mid", "-o", "o.mid"},
      {"generate", "m.safetensors", "--prime", "silence.mid", "-o", "o.mid"},
      {"generate", "m.safetensors", "--prime", "a.mid", "--prime-from", "60", "-o", "o.mid"},
      {"tokens", "organ.mid"},
      {"tokens", "silence.mid"},
      {"tokens", "--decode", "-o", "o.mid"},
      {"prepare", "organ.mid", "-o", "o.notes"},
      {"prepare", "silence.mid", "-o", "o.notes"},
      {"eval", "m.safetensors", "d.notes", "--split", "test"},
#ifdef PNO_HAS_SOUND
      {"render", "silence.mid", "-o", "o.wav"},
#endif
#ifdef PNO_HAS_PICTURE
      {"show", "silence.mid", "-o", "o.png"},
#endif
      {"generate", "a.mid", "-o", "o.mid"},
      {"eval", "m.safetensors", "a.mid"},
      {"info", "a.mid", "--plot", "o.png"},
  };
  for (const auto& [file, words] : files_) commands.push_back({"info", file});
  int with_flags = 0;
  for (const auto& command : commands) {
    const auto finished = pno(command);
    if (finished.exit_code == 0) continue;  // an organ that is drawn, say
    EXPECT_THAT(unknown_flags(finished.err, command.front(), help), ElementsAre()) << finished.err;
    with_flags += finished.err.find("--") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(with_flags, 3) << "the messages have flags in them at all";
  // The check itself sees a flag that is not there.
  EXPECT_THAT(unknown_flags("take --programs or --tempo", "tokens", help), ElementsAre("--tempo"));
  EXPECT_THAT(unknown_flags("'pno generate --prime' does", "info", help), ElementsAre());
}

TEST_F(OtherKinds, AnOrganIsTakenIfAllProgramsAreAskedFor) {
  write("organ.mid", organ());
  write_model("m.safetensors");
  const std::string what = "organ.mid: has no piano notes";
  const std::vector<std::string> prime = {"generate", "m.safetensors", "--prime",  "organ.mid",
                                          "-o",       "o.mid",         "--tokens", "5"};
  for (const std::vector<std::string>& command :
       {prime, std::vector<std::string>{"tokens", "organ.mid"},
        std::vector<std::string>{"prepare", "organ.mid", "-o", "o.notes"}}) {
    SCOPED_TRACE(testing::PrintToString(command));
    const auto refused = pno(command);
    expect_failure(refused, 1, what);
    EXPECT_THAT(refused.err, HasSubstr("--programs all takes every instrument but drums"));
    EXPECT_EQ(pno(command + std::vector<std::string>{"--programs", "all"}).exit_code, 0);
  }
  EXPECT_THAT(pno({"tokens", "organ.mid", "--programs", "all"}).out, HasSubstr("NOTE_ON 64"));
  EXPECT_EQ(pno({"generate", "m.safetensors", "-o", "o.mid", "--programs", "all"}).exit_code, 2)
      << "it is of the prime";
}

TEST_F(OtherKinds, TokensOfAFileWithoutNotesFail) {
  write_midi("silence.mid", 0);
  expect_failure(pno({"tokens", "silence.mid"}), 1, "silence.mid: has no notes");
}

TEST_F(OtherKinds, EventsAreReadAsEditorsSaveThem) {
  const std::string piece = "BOS\nVELOCITY 15\nNOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\nEOS\n";
  write("bom.txt", "\xEF\xBB\xBF" + piece);
  const auto one = pno({"tokens", "--decode", "bom.txt", "-o", "a.mid"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.out, "a.mid: 1 note from 6 events, 0 mended\n");
  EXPECT_EQ(pno({"tokens", "a.mid"}).out, piece);

  write("two.txt", piece + piece);
  const auto two = pno({"tokens", "--decode", "two.txt", "-o", "b.mid"});
  EXPECT_EQ(two.out, "b.mid: 2 notes from 12 events, 0 mended; 2 pieces, one after the other\n");
  EXPECT_EQ(pno({"tokens", "b.mid"}).out,
            "BOS\nVELOCITY 15\nNOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\nNOTE_ON 60\nTIME_SHIFT 50\n"
            "NOTE_OFF 60\nEOS\n");
  EXPECT_EQ(pno_json({"tokens", "--decode", "two.txt", "-o", "b.mid"})["pieces"], 2);
}

TEST_F(OtherKinds, ATableThatIsNotReadIsSaidAtTheTop) {
  write_midi_folder("music", 3, 20);
  write("music/maestro.json", R"({"midi_filename": {"0": )");
  const auto finished = pno({"prepare", "music", "-o", "d.notes", "--report", "r.json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.out,
              testing::StartsWith("music/maestro.json: the table was not read, and 3 files are "
                                  "split by content: it is not JSON that can be read; it may be "
                                  "cut short\nd.notes: 3 pieces"));
  EXPECT_EQ(Json::parse(read("r.json"))["tables"][0]["split_by_content"], 3);
  const auto json = pno_json({"prepare", "music", "-o", "d.notes"});
  ASSERT_EQ(json["tables"].size(), 1U);
  EXPECT_THAT(keys(json["tables"][0]), ElementsAre("file", "read", "reason", "split_by_content"));
  EXPECT_EQ(json["tables"][0]["read"], false);
  EXPECT_EQ(json["tables"][0]["split_by_content"], 3);

  write("music/maestro.json", R"({"midi_filename": {"0": "0.mid", "1": "1.mid", "2": "2.mid"},
                                  "split": {"0": "train", "1": "test", "2": "validation"}})");
  const auto well = pno({"prepare", "music", "-o", "d.notes"});
  EXPECT_THAT(well.out, testing::StartsWith("d.notes: 3 pieces")) << "nothing to say";
}

TEST_F(OtherKinds, TheTableAboveASourceIsSaidNotToBeUsed) {
  write_midi_folder("maestro", 2, 20);
  std::filesystem::create_directory(folder() / "maestro/2018");
  std::filesystem::rename(folder() / "maestro/0.mid", folder() / "maestro/2018/0.mid");
  write("maestro/maestro.csv", "midi_filename,split\n2018/0.mid,test\n1.mid,train\n");
  const auto part = pno({"prepare", "maestro/2018", "-o", "d.notes"});
  EXPECT_THAT(part.out,
              testing::StartsWith("maestro/maestro.csv: the table was not read, and 1 file is "
                                  "split by content: it lies above what was given; give the "
                                  "folder maestro to use it\n"));
  EXPECT_THAT(pno({"prepare", "maestro", "-o", "d.notes"}).out, Not(HasSubstr("table")));
}

TEST_F(OtherKinds, TwoThatAppendAtOnceLoseNothing) {
  constexpr int kProcesses = 4, kPieces = 6;
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < kProcesses; ++i) {
    const auto name = std::to_string(i);
    std::filesystem::create_directory(folder() / name);
    for (int piece = 0; piece < kPieces; ++piece) {
      write_midi(name + "/" + std::to_string(piece) + ".mid", 400, 1 + i * kPieces + piece);
    }
  }
  for (int i = 0; i < kProcesses; ++i) {
    const auto name = std::to_string(i);
    processes.push_back(std::make_unique<Process>(
        PNO_PROGRAM, std::vector<std::string>{"prepare", name, "-o", "d.notes", "--append"},
        folder(), std::vector<std::string>{}, ".output-" + name));
  }
  int pieces = 0, refused = 0;
  for (auto& process : processes) {
    const auto finished = process->wait();
    if (finished.exit_code == 0) {
      pieces += kPieces;
      continue;
    }
    ++refused;
    EXPECT_EQ(finished.exit_code, 1);
    EXPECT_THAT(finished.err, HasSubstr("d.notes: another 'pno prepare' is writing it"));
  }
  EXPECT_LT(refused, kProcesses);
  EXPECT_EQ(pno_json({"info", "d.notes"})["files"][0]["pieces"], pieces);
  // The refused ones are added when they try again.
  for (int i = 0; i < kProcesses; ++i) {
    EXPECT_EQ(pno({"prepare", std::to_string(i), "-o", "d.notes", "--append"}).exit_code, 0);
  }
  EXPECT_EQ(pno_json({"info", "d.notes"})["files"][0]["pieces"], kProcesses * kPieces);
  EXPECT_FALSE(exists(".d.notes.lock"));
}

}  // namespace
}  // namespace pno::cli_test
