// The keys of --json, which other programs rely on (docs/design.md section 5).

#include "scratch.h"

namespace pno::cli_test {
namespace {

using testing::ElementsAre;

class JsonKeys : public Scratch {};

TEST_F(JsonKeys, OfPrepare) {
  write_midi_folder("music", 8, 50);
  write("music/bad.mid", "not a MIDI file");
  const auto json = pno_json({"prepare", "music", "-o", "d.notes", "--split", "50/25/25"});
  EXPECT_THAT(
      keys(json),
      ElementsAre("pieces", "notes", "hours", "tokens", "splits", "skipped", "tables", "held_out",
                  "copies_left_out", "titles_in_two_splits", "doubles_kept", "pieces_with_parts",
                  "mended", "pedalled_share", "notes_per_second", "mean_sounding_notes", "velocity",
                  "one_velocity_pieces", "one_grid_pieces", "seconds"));
  EXPECT_THAT(keys(json["splits"]), ElementsAre("train", "validation", "test"));
  EXPECT_EQ(json["pieces"], 8);
  EXPECT_EQ(json["notes"], 8 * 50);
  ASSERT_EQ(json["skipped"].size(), 1U);
  EXPECT_THAT(keys(json["skipped"][0]), ElementsAre("file", "reason"));
  EXPECT_THAT(json["skipped"][0]["file"].get<std::string>(), testing::EndsWith("bad.mid"));
}

TEST_F(JsonKeys, OfEval) {
  write_notes("d.notes");
  write_model("m.safetensors");
  const auto json = pno_json({"eval", "m.safetensors", "d.notes", "--split", "train"});
  EXPECT_THAT(keys(json),
              ElementsAre("tokens", "notes", "music_seconds", "nll", "nll_interval", "nll_grammar",
                          "nll_grammar_interval", "nats_per_note", "nats_per_second", "accuracy",
                          "model", "dataset", "split", "precision", "window", "stride", "by_kind",
                          "by_position", "seconds"));
  EXPECT_THAT(keys(json["by_kind"]),
              ElementsAre("NOTE_ON", "NOTE_OFF", "TIME_SHIFT", "VELOCITY", "EOS"));
  EXPECT_THAT(keys(json["by_kind"]["NOTE_ON"]),
              ElementsAre("tokens", "nll", "nll_grammar", "accuracy"));
  EXPECT_THAT(keys(json["by_position"][0]),
              ElementsAre("first", "tokens", "nll", "nll_grammar", "accuracy"));
  std::int64_t tokens = 0;
  for (const auto& kind : json["by_kind"]) tokens += kind["tokens"].get<std::int64_t>();
  EXPECT_EQ(json["tokens"], tokens);
}

TEST_F(JsonKeys, OfEvalOfSeveralModels) {
  write_notes("d.notes");
  write_model("m.safetensors");
  write_model("n.safetensors");
  const auto json = pno_json({"eval", "m.safetensors", "n.safetensors", "d.notes", "--split",
                              "train", "--window", "40", "--stride", "20", "--per-piece", "p.csv"});
  EXPECT_THAT(keys(json), ElementsAre("models", "seconds"));
  ASSERT_EQ(json["models"].size(), 2U);
  EXPECT_EQ(json["models"][1]["model"], "n.safetensors");
  EXPECT_EQ(json["models"][1]["window"], 40);
  EXPECT_EQ(json["models"][1]["stride"], 20);
  const auto csv = read("p.csv");
  EXPECT_TRUE(csv.starts_with("model,piece,composer,title,tokens,notes,music_seconds,nll,"));
  EXPECT_THAT(csv, testing::HasSubstr("\nn.safetensors,"));
}

TEST_F(JsonKeys, OfGenerate) {
  write_model("m.safetensors");
  const auto json = pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "50"});
  EXPECT_THAT(keys(json), ElementsAre("tokens", "prime_tokens", "tokens_per_s", "first_token_ms",
                                      "music_seconds", "seed", "ended", "ended_by", "mended",
                                      "mended_by", "files", "seconds"));
  EXPECT_EQ(json["ended"], "limit");
  EXPECT_EQ(json["files"][0], "a.mid");
  EXPECT_EQ(json["tokens"], 50);
  std::int64_t mended = 0;
  for (const auto& times : json["mended_by"]) mended += times.get<std::int64_t>();
  EXPECT_EQ(json["mended"], mended);
  EXPECT_GT(mended, 0) << "a model with random weights";
  EXPECT_EQ(pno_json({"generate", "m.safetensors", "-o", "a.mid", "--tokens", "5", "--beam", "2"})
                .count("log_probability"),
            1U);
}

TEST_F(JsonKeys, OfTokens) {
  write_midi("a.mid", 2);
  const auto encoded = pno_json({"tokens", "a.mid"});
  EXPECT_THAT(keys(encoded), ElementsAre("vocabulary", "tokens", "events"));
  EXPECT_EQ(encoded["events"].size(), encoded["tokens"]);
  EXPECT_EQ(encoded["events"][0], "BOS");
  write("a.txt", "NOTE_ON 60\nTIME_SHIFT 50\nNOTE_OFF 60\n");
  const auto decoded = pno_json({"tokens", "--decode", "a.txt", "-o", "b.mid"});
  EXPECT_THAT(keys(decoded), ElementsAre("tokens", "notes", "mended", "pieces"));
  EXPECT_EQ(decoded["notes"], 1);
}

TEST_F(JsonKeys, OfInfo) {
  write_midi("a.mid", 3);
  write_notes("d.notes");
  write_model("m.safetensors");
  const auto json = pno_json({"info", "a.mid", "d.notes", "m.safetensors"});
  EXPECT_THAT(keys(json), ElementsAre("files"));
  const auto& files = json["files"];
  EXPECT_THAT(keys(files[0]),
              ElementsAre("file", "kind", "format", "tracks", "ticks_per_quarter",
                          "first_tempo_bpm", "tempo_changes", "music_seconds", "notes", "pedals",
                          "pedal_seconds", "odd", "pitch_range", "velocity_range"));
  EXPECT_THAT(keys(files[1]),
              ElementsAre("file", "kind", "pieces", "notes", "hours", "tokens", "splits",
                          "licences", "pitch_range", "notes_per_second", "mean_sounding_notes",
                          "velocity", "one_velocity_pieces", "one_grid_pieces", "corpora",
                          "music_kinds", "parts", "composers", "performers"));
  EXPECT_THAT(keys(files[1]["tokens"]), ElementsAre("performance", "pno-ai"));
  EXPECT_THAT(keys(files[2]), ElementsAre("file", "kind", "parameters", "stored", "vocabulary_name",
                                          "inputs", "outputs", "has_roles", "metadata"));
  EXPECT_THAT(keys(files[2]["metadata"]), ElementsAre("data", "model", "vocabulary"));
}

TEST_F(JsonKeys, OfExport) {
  write_model("m.safetensors");
  const auto json = pno_json({"export", "m.safetensors", "-o", "small.safetensors"});
  EXPECT_THAT(keys(json), ElementsAre("output", "parameters", "stored", "bytes"));
  EXPECT_EQ(json["bytes"], read("small.safetensors").size());
}

#ifdef PNO_HAS_SOUND
TEST_F(JsonKeys, OfRender) {
  write_midi("a.mid", 3);
  EXPECT_THAT(keys(pno_json({"render", "a.mid", "-o", "a.wav"})),
              ElementsAre("output", "music_seconds", "peak", "rms"));
}
#endif

#ifdef PNO_HAS_PICTURE
TEST_F(JsonKeys, OfShow) {
  write_midi("a.mid", 3);
  EXPECT_THAT(keys(pno_json({"show", "a.mid", "-o", "a.png"})), ElementsAre("output", "notes"));
}
#endif

}  // namespace
}  // namespace pno::cli_test
