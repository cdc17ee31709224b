// pno infill, accompany and the control flags, as a user runs them.

#include <algorithm>
#include <map>

#include "midi/raw_track.h"
#include "midi/smf_chunks.h"
#include "midi/smf_reader.h"
#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::HasSubstr;

class Roles : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    write_model_with_roles("roles");
    write_midi("a.mid", 120);  // 15 s
  }

  // The events of each track as "tick: bytes".
  std::vector<std::vector<std::string>> events(const std::string& name) const {
    const auto bytes = read(name);
    midi::Oddities oddities;
    const auto chunks = midi::find_chunks(std::as_bytes(std::span(bytes)), oddities);
    EXPECT_TRUE(chunks) << name;
    std::vector<std::vector<std::string>> tracks;
    for (const auto& track : chunks->tracks) {
      auto& lines = tracks.emplace_back();
      for (const auto& event : midi::read_raw_track(track, chunks->division)) {
        auto& line = lines.emplace_back(fmt::format("{}:", event.tick));
        for (const auto byte : event.bytes) {
          line += fmt::format(" {:02x}", std::to_integer<int>(byte));
        }
      }
    }
    return tracks;
  }
  std::vector<midi::Note> notes(const std::string& name) const {
    const auto bytes = read(name);
    const auto file = midi::read_smf(std::as_bytes(std::span(bytes)), {.merge_tracks = false});
    EXPECT_TRUE(file) << name;
    return file ? file->performance.notes : std::vector<midi::Note>();
  }
  static std::vector<midi::Note> of_track(const std::vector<midi::Note>& notes, int track) {
    std::vector<midi::Note> own;
    std::ranges::copy_if(notes, std::back_inserter(own),
                         [&](const midi::Note& note) { return note.track == track; });
    return own;
  }
};

TEST_F(Roles, InfillChangesNothingOutsideThePassage) {
  const auto json = pno_json(
      {"infill", "roles", "a.mid", "--from", "4", "--to", "6.5", "--seed", "1", "-o", "b.mid"});
  EXPECT_GT(json.at("tokens").get<int>(), 0);
  EXPECT_GT(json.at("notes").get<int>(), 0);
  EXPECT_EQ(json.at("music_seconds"), 2.5);
  EXPECT_EQ(json.at("files"), Json::array({"b.mid"}));
  for (const char* key : {"prime_tokens", "tokens_per_s", "first_token_ms", "seed", "ended",
                          "mended", "mended_by", "seconds"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  auto before = events("a.mid");
  const auto after = events("b.mid");
  ASSERT_EQ(after.size(), before.size() + 1);
  // Missing are the notes that began in the passage: 20 strikes and releases.
  auto rest = after[0];
  std::size_t missing = 0;
  for (const auto& line : before[0]) {
    const auto found = std::ranges::find(rest, line);
    if (found != rest.end()) {
      rest.erase(found);
    } else {
      ++missing;
    }
  }
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(missing, 40U);
  for (const auto& note : of_track(notes("b.mid"), 0)) {
    EXPECT_TRUE(note.start_us < 4'000'000 || note.start_us >= 6'500'000);
  }
  constexpr std::int64_t kTick_us = 1'000;
  for (const auto& note : of_track(notes("b.mid"), 1)) {
    EXPECT_GE(note.start_us, 4'000'000 - kTick_us);
    EXPECT_LT(note.start_us, 6'500'000);
    EXPECT_LE(note.end_us(), 6'500'000 + kTick_us);
  }
}

TEST_F(Roles, InfillOfSeveralPassagesAndAlternatives) {
  const auto json = pno_json({"infill", "roles", "a.mid", "--from", "9", "--to", "10", "--from",
                              "3", "--to", "4", "--count", "2", "--seed", "5", "-o", "b.mid"});
  EXPECT_EQ(json.at("files"), Json::array({"b-1.mid", "b-2.mid"}));
  EXPECT_EQ(json.at("music_seconds"), 4);
  EXPECT_NE(read("b-1.mid"), read("b-2.mid"));
  // The same seed gives the same bytes.
  pno_json({"infill", "roles", "a.mid", "--from", "9", "--to", "10", "--from", "3", "--to", "4",
            "--count", "2", "--seed", "5", "-o", "c.mid"});
  EXPECT_EQ(read("b-1.mid"), read("c-1.mid"));
  for (const auto& note : of_track(notes("b-1.mid"), 1)) {
    const bool is_inside = (note.start_us >= 2'999'000 && note.end_us() <= 4'001'000) ||
                           (note.start_us >= 8'999'000 && note.end_us() <= 10'001'000);
    EXPECT_TRUE(is_inside) << note.start_us;
  }
}

TEST_F(Roles, InfillOfAnotherLengthMovesWhatFollows) {
  pno_json({"infill", "roles", "a.mid", "--from", "4", "--to", "5", "--seconds", "3", "--seed", "1",
            "-o", "b.mid"});
  const auto before = of_track(notes("a.mid"), 0), after = of_track(notes("b.mid"), 0);
  std::vector<std::int64_t> expected, starts;
  for (const auto& note : before) {
    if (note.start_us < 4'000'000) expected.push_back(note.start_us);
    if (note.start_us >= 5'000'000) expected.push_back(note.start_us + 2'000'000);
  }
  for (const auto& note : after) starts.push_back(note.start_us);
  EXPECT_EQ(starts, expected);
}

TEST_F(Roles, AccompanyKeepsTheMelodyAndRealisePlaysIt) {
  const auto json = pno_json({"accompany", "roles", "a.mid", "--seed", "1", "-o", "b.mid"});
  EXPECT_GT(json.at("notes").get<int>(), 0);
  const auto before = events("a.mid"), after = events("b.mid");
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0], before[0]);
  // A register as the melody: the lower notes leave.
  pno_json({"accompany", "roles", "a.mid", "--lowest", "60", "--seed", "1", "-o", "c.mid"});
  for (const auto& note : of_track(notes("c.mid"), 0)) EXPECT_GE(note.pitch, 60);
  pno_json({"accompany", "roles", "a.mid", "--mode", "realise", "--seed", "1", "-o", "d.mid"});
  EXPECT_TRUE(of_track(notes("d.mid"), 0).empty());
  EXPECT_FALSE(of_track(notes("d.mid"), 1).empty());
}

TEST_F(Roles, ControlsChangeTheMusic) {
  const std::vector<std::string> generate = {"generate", "roles", "--seconds", "5",
                                             "--seed",   "1",     "-o"};
  const auto with = [&](const std::string& name, const std::vector<std::string>& flags) {
    pno_json(generate + std::vector<std::string>{name} + flags);
    return notes(name);
  };
  const auto plain = with("plain.mid", {});
  EXPECT_EQ(with("kind.mid", {"--kind", "disklavier"}), plain);
  const auto asked = with("composer.mid", {"--composer", "F. Chopin", "--loudness", "90",
                                           "--polyphony", "3", "--density", "9", "--key", "Am"});
  EXPECT_NE(asked, plain);
  EXPECT_NE(with("at.mid", {"--at", "2s:density=12,key=C"}), plain);
  EXPECT_NE(with("strict.mid", {"--density", "20", "--strict"}),
            with("loose.mid", {"--density", "20"}));
  EXPECT_NE(with("guided.mid", {"--density", "20", "--guidance", "3"}), notes("loose.mid"));
  pno_json({"infill", "roles", "a.mid", "--from", "4", "--to", "5", "--composer", "Chopin", "--at",
            "4:density=3", "--guidance", "1.5", "--strict", "-o", "b.mid"});
}

TEST_F(Roles, InfoTellsWhatAModelCanBeAsked) {
  const auto file = pno_json({"info", "roles"}).at("files").at(0);
  EXPECT_EQ(file.at("has_roles"), true);
  EXPECT_EQ(file.at("inputs"), 446);
  EXPECT_EQ(file.at("outputs"), 391);
  EXPECT_EQ(file.at("controls").at("composer"), Json::array({"other", "Chopin"}));
  EXPECT_THAT(pno({"info", "roles"}).out, HasSubstr("composer   other, Chopin"));
  write_model("plain");
  EXPECT_EQ(pno_json({"info", "plain"}).at("files").at(0).at("has_roles"), false);
}

TEST_F(Roles, ExportedModelsKeepThem) {
  pno_json({"export", "roles", "-o", "small", "--precision", "int8"});
  pno_json({"infill", "small", "a.mid", "--from", "4", "--to", "5", "-o", "b.mid"});
}

TEST_F(Roles, ModelsWithoutRolesRefuseWithOneSentence) {
  write_model("plain");
  expect_failure(pno({"infill", "plain", "a.mid", "--from", "4", "--to", "5", "-o", "b.mid"}), 1,
                 "plain: the model was trained without roles, so it cannot fill gaps");
  expect_failure(pno({"accompany", "plain", "a.mid", "-o", "b.mid"}), 1,
                 "plain: the model was trained without roles, so it cannot accompany");
  expect_failure(pno({"generate", "plain", "-o", "b.mid", "--composer", "Chopin"}), 1,
                 "plain: the model was trained without roles and controls");
  EXPECT_FALSE(exists("b.mid"));
}

TEST_F(Roles, BadFlagsGiveTheirSentence) {
  const auto infill = [&](const std::vector<std::string>& flags) {
    return pno(std::vector<std::string>{"infill", "roles", "a.mid", "-o", "b.mid"} + flags);
  };
  expect_failure(infill({"--from", "5", "--to", "4"}), 2, "the passage must end after it begins");
  expect_failure(infill({"--from", "5", "--from", "7", "--to", "6"}), 2, "each --from needs");
  expect_failure(infill({"--from", "5", "--to", "7", "--from", "6", "--to", "8"}), 2, "overlap");
  expect_failure(infill({"--from", "50", "--to", "51"}), 1, "is 15.0 s long");
  expect_failure(infill({"--from", "5", "--to", "6", "--from", "8", "--to", "9", "--seconds", "2"}),
                 2, "--seconds is for one passage");
  expect_failure(infill({"--from", "5", "--to", "6", "--composer", "Satie"}), 2,
                 "does not know the composer 'Satie'; it knows other, Chopin");
  expect_failure(infill({"--from", "5", "--to", "6", "--at", "soon:density=3"}), 2,
                 "is not a change such as 20s:density=12");
  expect_failure(infill({"--from", "5", "--to", "6", "--at", "2:tempo=3"}), 2,
                 "'tempo' is not a control");
  expect_failure(pno({"accompany", "roles", "a.mid", "-o", "b.mid", "--track", "9"}), 1,
                 "none of its notes is in the melody");
  expect_failure(pno({"accompany", "roles", "a.mid", "-o", "b.mid", "--mode", "hum"}), 2,
                 "realise");
}

}  // namespace
}  // namespace pno::cli_test
