// pno.h as a program in C uses it.

#include "api/pno.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/allocation_count.h"
#include "base/file.h"
#include "infer/test_models.h"

namespace pno::infer {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StrEq;
using Tokens = std::vector<pno_token>;

constexpr model::ModelConfig kSmall{
    .layers = 2, .heads = 2, .width = 16, .attention_width = 16, .ff_width = 32, .context = 64};

struct Close {
  void operator()(pno_model* model) const { pno_model_close(model); }
  void operator()(pno_session* session) const { pno_session_close(session); }
};
using ModelHandle = std::unique_ptr<pno_model, Close>;
using SessionHandle = std::unique_ptr<pno_session, Close>;

class Api : public testing::Test {
 protected:
  Api() {
    TestModel(kSmall).write(path());
    pno_model* model = nullptr;
    EXPECT_EQ(pno_model_open(path().c_str(), nullptr, &model, &error_), PNO_OK) << error_.message;
    model_.reset(model);
  }

  std::string path() const { return folder_ / "model.safetensors"; }
  pno_model* model() const { return model_.get(); }

  SessionHandle open_session() {
    pno_session* session = nullptr;
    EXPECT_EQ(pno_session_open(model(), &session, &error_), PNO_OK) << error_.message;
    return SessionHandle(session);
  }
  SessionHandle fork(const SessionHandle& of) {
    pno_session* session = nullptr;
    EXPECT_EQ(pno_session_fork(of.get(), &session, &error_), PNO_OK) << error_.message;
    return SessionHandle(session);
  }
  void step(const SessionHandle& session, pno_token token) {
    EXPECT_EQ(pno_session_step(session.get(), token, &error_), PNO_OK) << error_.message;
  }
  void set(const SessionHandle& session, const char* name, const char* value) {
    EXPECT_EQ(pno_session_set(session.get(), name, value, &error_), PNO_OK) << error_.message;
  }
  pno_token bos() const { return pno_event_token(model(), PNO_BOS, 0); }

  Tokens draw(const SessionHandle& session, int count) {
    Tokens tokens(static_cast<std::size_t>(count));
    for (auto& token : tokens) {
      EXPECT_EQ(pno_session_draw(session.get(), &token, &error_), PNO_OK) << error_.message;
      step(session, token);
    }
    return tokens;
  }
  std::vector<float> logits(const SessionHandle& session) const {
    const float* first = pno_session_logits(session.get());
    if (first == nullptr) return {};
    return {first, first + pno_vocabulary_size(model())};
  }

  TestFolder folder_;
  ModelHandle model_;
  pno_error error_{};
};

TEST_F(Api, HeaderAndLibraryHaveTheVersionOfTheProject) {
  EXPECT_THAT(pno_version(), StrEq(PNO_PROJECT_VERSION));
}

TEST_F(Api, ModelFromMemoryEqualsModelFromFile) {
  auto file = MappedFile::open(path());
  ASSERT_TRUE(file);
  pno_model* opened = nullptr;
  ASSERT_EQ(
      pno_model_open_memory(file->bytes().data(), file->bytes().size(), nullptr, &opened, &error_),
      PNO_OK)
      << error_.message;
  const ModelHandle other(opened);
  pno_session* session = nullptr;
  ASSERT_EQ(pno_session_open(other.get(), &session, &error_), PNO_OK);
  const SessionHandle from_memory(session), from_file = open_session();
  step(from_memory, bos());
  step(from_file, bos());
  EXPECT_THAT(logits(from_memory), ElementsAreArray(logits(from_file)));
}

TEST_F(Api, RefusesAFileThatIsNotAModel) {
  pno_model* model = nullptr;
  EXPECT_EQ(pno_model_open("/nowhere.safetensors", nullptr, &model, &error_), PNO_BAD_INPUT);
  EXPECT_THAT(error_.message, HasSubstr("/nowhere.safetensors: cannot be read: No such file"));
  EXPECT_EQ(model, nullptr);
  alignas(8) const char text[] = "not a model at all";
  EXPECT_EQ(pno_model_open_memory(text, sizeof(text), nullptr, &model, &error_), PNO_BAD_INPUT);
  EXPECT_THAT(error_.message, HasSubstr("the model: is not a safetensors file"));
  EXPECT_EQ(pno_model_open_memory(text + 1, 8, nullptr, &model, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("multiple of 8"));
  pno_model_options options = PNO_MODEL_OPTIONS_INIT;
  options.threads = -1;
  EXPECT_EQ(pno_model_open(path().c_str(), &options, &model, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("threads is -1"));
  options = PNO_MODEL_OPTIONS_INIT;
  options.precision = 4;
  EXPECT_EQ(pno_model_open(path().c_str(), &options, &model, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("precision is 4; it must be 0 (auto) to 3 (int8)"));
  EXPECT_EQ(model, nullptr);
}

TEST_F(Api, EveryPrecisionRuns) {
  for (const auto precision : {PNO_AUTO, PNO_F32, PNO_BF16, PNO_INT8}) {
    pno_model_options options = PNO_MODEL_OPTIONS_INIT;
    options.precision = precision;
    pno_model* model = nullptr;
    ASSERT_EQ(pno_model_open(path().c_str(), &options, &model, &error_), PNO_OK) << error_.message;
    model_.reset(model);
    const auto session = open_session();
    step(session, bos());
    EXPECT_EQ(draw(session, 100).size(), 100U);
  }
}

TEST_F(Api, FieldsUnknownToAnOlderCallerHaveDefaults) {
  pno_model_options options = PNO_MODEL_OPTIONS_INIT;
  options.size = sizeof(options.size);
  options.threads = -1;
  pno_model* model = nullptr;
  EXPECT_EQ(pno_model_open(path().c_str(), &options, &model, &error_), PNO_OK) << error_.message;
  pno_model_close(model);
}

TEST_F(Api, TruncatesALongMessageBetweenCharacters) {
  std::string name = "/";
  while (name.size() < 600) name += "ä";
  pno_model* model = nullptr;
  EXPECT_EQ(pno_model_open(name.c_str(), nullptr, &model, &error_), PNO_BAD_INPUT);
  const std::string message = error_.message;
  EXPECT_GE(message.size(), sizeof(error_.message) - 3);
  EXPECT_TRUE(message.ends_with("ä")) << message;
}

TEST_F(Api, EveryTokenSurvivesTheRoundTripThroughItsEvent) {
  const int size = pno_vocabulary_size(model());
  EXPECT_EQ(size, kTestVocabulary.outputs());
  for (int token = 0; token < size; ++token) {
    const auto event = pno_token_event(model(), static_cast<pno_token>(token));
    EXPECT_EQ(pno_event_token(model(), static_cast<pno_kind>(event.kind), event.value), token);
    const bool is_shift = event.kind == PNO_TIME_SHIFT;
    EXPECT_DOUBLE_EQ(pno_token_seconds(model(), static_cast<pno_token>(token)),
                     is_shift ? event.value * 0.01 : 0.0);
  }
  EXPECT_EQ(pno_token_event(model(), static_cast<pno_token>(size)).kind, -1);
  EXPECT_EQ(pno_token_seconds(model(), static_cast<pno_token>(size)), 0);
}

TEST_F(Api, UnknownEventHasNoToken) {
  EXPECT_EQ(pno_event_token(model(), PNO_NOTE_ON, 128), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_NOTE_OFF, -1), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_TIME_SHIFT, 0), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_TIME_SHIFT, 5), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_VELOCITY, 2), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_EOS, 1), PNO_NO_TOKEN);
  EXPECT_EQ(pno_event_token(model(), PNO_END, 0), PNO_NO_TOKEN);
}

TEST_F(Api, VelocityBinsSurviveTheRoundTrip) {
  EXPECT_EQ(pno_velocity_bins(model()), 2);
  EXPECT_EQ(pno_velocity_bin(model(), 1), 0);
  EXPECT_EQ(pno_velocity_bin(model(), 127), 1);
  EXPECT_EQ(pno_velocity_bin(model(), pno_bin_velocity(model(), 1)), 1);
  EXPECT_EQ(pno_velocity_bin(model(), 0), -1);
  EXPECT_EQ(pno_velocity_bin(model(), 128), -1);
  EXPECT_EQ(pno_bin_velocity(model(), 2), -1);
}

TEST_F(Api, ModelHasTheMetadataOfItsFile) {
  EXPECT_EQ(pno_model_context(model()), 64);
  EXPECT_EQ(pno_steps_per_second(model()), 100);
  EXPECT_EQ(pno_max_shift_steps(model()), 4);
  EXPECT_THAT(pno_model_metadata(model(), "model.layers"), StrEq("2"));
  EXPECT_EQ(pno_model_metadata(model(), "model.gates"), nullptr);
}

TEST_F(Api, SessionsOutliveTheModelHandle) {
  const auto session = open_session();
  const auto first = bos();
  model_.reset();
  EXPECT_EQ(pno_session_step(session.get(), first, &error_), PNO_OK);
}

TEST_F(Api, SameSeedDrawsTheSame) {
  const auto drawn = [&](const char* seed) {
    const auto session = open_session();
    set(session, "seed", seed);
    step(session, bos());
    return draw(session, 200);
  };
  const auto once = drawn("5");
  EXPECT_EQ(once, drawn("5"));
  EXPECT_NE(once, drawn("6"));
  EXPECT_THAT(once, testing::Not(testing::Contains(bos())));
}

TEST_F(Api, ReadingAtOnceEqualsReadingStepByStep) {
  const auto tokens = random_tokens(40, 1, kTestVocabulary);
  const auto at_once = open_session(), by_steps = open_session();
  ASSERT_EQ(pno_session_read(at_once.get(), tokens.data(), tokens.size(), &error_), PNO_OK);
  for (const auto token : tokens) step(by_steps, token);
  EXPECT_EQ(pno_session_position(at_once.get()), 40);
  EXPECT_EQ(pno_session_position(by_steps.get()), 40);
  // Sums run in another order.
  EXPECT_THAT(logits(at_once), testing::Pointwise(testing::FloatNear(1e-5F), logits(by_steps)));
}

TEST_F(Api, ForkDrawsTheSameAsTheOriginal) {
  const auto session = open_session();
  set(session, "temperature", "1.2");
  step(session, bos());
  draw(session, 100);
  const auto other = fork(session);
  const auto by_original = draw(session, 100);
  EXPECT_EQ(draw(other, 100), by_original);
}

TEST_F(Api, CopyRestoresAnEarlierState) {
  const auto session = open_session(), saved = open_session();
  step(session, bos());
  draw(session, 90);
  ASSERT_EQ(pno_session_copy(saved.get(), session.get(), &error_), PNO_OK);
  const auto once = draw(session, 50);
  ASSERT_EQ(pno_session_copy(session.get(), saved.get(), &error_), PNO_OK);
  EXPECT_EQ(draw(session, 50), once);
}

TEST_F(Api, RewoundSessionEqualsOneThatReadLess) {
  const auto session = open_session(), plain = open_session();
  step(session, bos());
  step(plain, bos());
  for (const auto token : draw(session, 30)) step(plain, token);
  const auto position = pno_session_position(session.get());
  draw(session, 20);
  ASSERT_EQ(pno_session_rewind(session.get(), position, &error_), PNO_OK) << error_.message;
  EXPECT_EQ(pno_session_logits(session.get()), nullptr);
  pno_token token = 0;
  EXPECT_EQ(pno_session_draw(session.get(), &token, &error_), PNO_BAD_CALL);
  step(session, 60);
  step(plain, 60);
  EXPECT_EQ(logits(session), logits(plain));
  set(session, "seed", "9");
  set(plain, "seed", "9");
  EXPECT_EQ(draw(session, 20), draw(plain, 20));
}

TEST_F(Api, RefusesARewindBeyondTheCache) {
  const auto session = open_session();
  step(session, bos());
  draw(session, 1500);
  EXPECT_GT(pno_session_earliest_rewind(session.get()), 0);
  EXPECT_EQ(pno_session_rewind(session.get(), 0, &error_), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_rewind(session.get(), 1502, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("can rewind to"));
  EXPECT_EQ(pno_session_position(session.get()), 1501);
}

TEST_F(Api, ResetForgetsThePiece) {
  const auto session = open_session();
  step(session, bos());
  const auto first = logits(session);
  draw(session, 30);
  ASSERT_EQ(pno_session_reset(session.get(), &error_), PNO_OK);
  EXPECT_EQ(pno_session_position(session.get()), 0);
  EXPECT_EQ(pno_session_logits(session.get()), nullptr);
  step(session, bos());
  EXPECT_EQ(logits(session), first);
}

TEST_F(Api, RealTimeFunctionsDoNotAllocate) {
  const auto session = open_session(), saved = open_session();
  for (const auto* of : {&session, &saved}) {
    set(*of, "density", "5");
    set(*of, "repetition_penalty", "1");
    set(*of, "key", "Am");
    step(*of, bos());
  }
  const auto before = allocation_count();
  for (int i = 0; i < 300; ++i) {
    pno_token token = 0;
    ASSERT_EQ(pno_session_draw(session.get(), &token, nullptr), PNO_OK);
    ASSERT_EQ(pno_session_step(session.get(), token, nullptr), PNO_OK);
    pno_token_event(model(), token);
    pno_token_seconds(model(), token);
    if (i % 50 == 20) {
      ASSERT_EQ(pno_session_copy(saved.get(), session.get(), nullptr), PNO_OK);
    }
    if (i % 50 == 40) {
      const auto position = pno_session_position(session.get());
      ASSERT_EQ(pno_session_rewind(session.get(), position - 9, nullptr), PNO_OK);
      ASSERT_EQ(pno_session_step(session.get(), 60, nullptr), PNO_OK);
    }
  }
  ASSERT_EQ(pno_session_reset(session.get(), nullptr), PNO_OK);
  EXPECT_EQ(allocation_count() - before, 0);
}

TEST_F(Api, OptionsAreListedWithTheirDefaultsAndCanBeSetToThem) {
  const auto session = open_session();
  std::vector<std::string> names;
  std::map<std::string, std::string> defaults;
  for (std::size_t i = 0; pno_option_name(i) != nullptr; ++i) {
    names.emplace_back(pno_option_name(i));
    defaults[names.back()] = pno_option_default(i);
    EXPECT_NE(std::strlen(pno_option_help(i)), 0U);
    set(session, pno_option_name(i), pno_option_default(i));
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"temperature", "top_k", "top_p", "seed", "key",
                                            "density", "longest_note", "until_end"}));
  EXPECT_EQ(defaults["temperature"], "0.95") << "as pno generate";
  EXPECT_EQ(defaults["top_p"], "0.98");
  EXPECT_EQ(pno_option_help(names.size()), nullptr);
}

TEST_F(Api, InvalidOptionIsAnErrorAndChangesNothing) {
  const auto session = open_session();
  EXPECT_EQ(pno_session_set(session.get(), "temprature", "1", &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("'temprature' is not an option"));
  EXPECT_EQ(pno_session_set(session.get(), "temperature", "warm", &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("'warm' is not a number"));
  EXPECT_EQ(pno_session_set(session.get(), "temperature", "-1", &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("temperature is -1"));
  EXPECT_EQ(pno_session_set(session.get(), "key", "H", &error_), PNO_BAD_CALL);
  EXPECT_NE(error_.message[0], '\0');
  set(session, "key", "C#m");
  set(session, "density", "12");
  step(session, bos());
  draw(session, 50);
}

TEST_F(Api, DrawnTokensAreValidAndMendsAreCounted) {
  const auto session = open_session();
  step(session, bos());
  std::vector<bool> sounds(128);
  for (const auto token : draw(session, 2000)) {
    const auto event = pno_token_event(model(), token);
    const auto pitch = static_cast<std::size_t>(event.value);
    if (event.kind != PNO_NOTE_ON && event.kind != PNO_NOTE_OFF) continue;
    ASSERT_EQ(sounds[pitch], event.kind == PNO_NOTE_OFF);
    sounds[pitch] = !sounds[pitch];
  }
  EXPECT_GT(pno_session_mended(session.get()), 0);  // the weights are random
}

TEST_F(Api, RewindRestoresTheSoundingNotes) {
  const auto session = open_session();
  const auto note_on = pno_event_token(model(), PNO_NOTE_ON, 60);
  step(session, bos());
  step(session, pno_event_token(model(), PNO_VELOCITY, 0));
  set(session, "most_notes", "1");
  const auto can_draw_a_note = [&] {
    for (int i = 0; i < 300; ++i) {
      pno_token token = 0;
      EXPECT_EQ(pno_session_draw(session.get(), &token, &error_), PNO_OK) << error_.message;
      if (pno_token_event(model(), token).kind == PNO_NOTE_ON) return true;
    }
    return false;
  };
  EXPECT_TRUE(can_draw_a_note());
  step(session, note_on);
  EXPECT_FALSE(can_draw_a_note());
  ASSERT_EQ(pno_session_rewind(session.get(), 1, &error_), PNO_OK) << error_.message;
  step(session, pno_event_token(model(), PNO_VELOCITY, 0));
  EXPECT_TRUE(can_draw_a_note());
}

TEST_F(Api, OptionsSetInMidPieceApplyToSoundingNotes) {
  const auto session = open_session();
  set(session, "longest_note", "0");
  step(session, bos());
  step(session, pno_event_token(model(), PNO_NOTE_ON, 60));
  for (int i = 0; i < 300; ++i) step(session, pno_event_token(model(), PNO_TIME_SHIFT, 4));
  set(session, "longest_note", "10");  // it has lasted for twelve
  pno_token token = 0;
  ASSERT_EQ(pno_session_draw(session.get(), &token, &error_), PNO_OK);
  EXPECT_EQ(token, pno_event_token(model(), PNO_NOTE_OFF, 60));
}

TEST_F(Api, TemperatureChangesTheDrawButNotTheRandomStream) {
  const auto greedy = open_session(), other = open_session();
  step(greedy, bos());
  step(other, bos());
  set(greedy, "temperature", "0");
  set(other, "seed", "77");
  set(other, "temperature", "0");
  EXPECT_EQ(draw(greedy, 50), draw(other, 50));
}

TEST_F(Api, TokensSurviveTheRoundTripThroughMidi) {
  const auto token = [&](pno_kind kind, int value) {
    return pno_event_token(model(), kind, value);
  };
  const Tokens played = {bos(), token(PNO_VELOCITY, 1), token(PNO_NOTE_ON, 60),
                         token(PNO_TIME_SHIFT, 4), token(PNO_NOTE_OFF, 60)};
  void* bytes = nullptr;
  std::size_t size = 0, count = 0;
  ASSERT_EQ(pno_tokens_midi(model(), played.data(), played.size(), &bytes, &size, &error_), PNO_OK);
  EXPECT_EQ(std::memcmp(bytes, "MThd", 4), 0);
  pno_token* tokens = nullptr;
  ASSERT_EQ(pno_midi_tokens(model(), bytes, size, &tokens, &count, &error_), PNO_OK)
      << error_.message;
  EXPECT_EQ(Tokens(tokens, tokens + count), played);
  pno_free(bytes);
  pno_free(tokens);
  EXPECT_EQ(pno_midi_tokens(model(), "Dear diary", 10, &tokens, &count, &error_), PNO_BAD_INPUT);
  EXPECT_THAT(error_.message, HasSubstr("the file is not a MIDI file"));
}

TEST_F(Api, NotesSurviveTheRoundTripThroughMidi) {
  const std::vector<pno_note> played = {{.start_us = 0,
                                         .length_us = 500'000,
                                         .key_length_us = 0,
                                         .pitch = 60,
                                         .velocity = 80,
                                         .reserved = {}},
                                        {.start_us = 250'000,
                                         .length_us = 1'000,
                                         .key_length_us = 0,
                                         .pitch = 64,
                                         .velocity = 1,
                                         .reserved = {}}};
  void* bytes = nullptr;
  std::size_t size = 0, count = 0;
  ASSERT_EQ(pno_notes_midi(played.data(), 2, "Title", nullptr, &bytes, &size, &error_), PNO_OK)
      << error_.message;
  pno_note* notes = nullptr;
  std::int32_t is_damaged = -1;
  ASSERT_EQ(pno_midi_notes(bytes, size, &notes, &count, &is_damaged, &error_), PNO_OK);
  EXPECT_EQ(is_damaged, 0);
  ASSERT_EQ(count, 2U);
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(notes[i].start_us, played[i].start_us);
    EXPECT_EQ(notes[i].length_us, played[i].length_us);
    EXPECT_EQ(notes[i].key_length_us, played[i].length_us);
    EXPECT_EQ(notes[i].pitch, played[i].pitch);
    EXPECT_EQ(notes[i].velocity, played[i].velocity);
  }
  pno_token *of_notes = nullptr, *of_midi = nullptr;
  std::size_t note_tokens = 0, midi_tokens = 0;
  ASSERT_EQ(pno_notes_tokens(model(), notes, count, &of_notes, &note_tokens, &error_), PNO_OK);
  ASSERT_EQ(pno_midi_tokens(model(), bytes, size, &of_midi, &midi_tokens, &error_), PNO_OK);
  EXPECT_EQ(Tokens(of_notes, of_notes + note_tokens), Tokens(of_midi, of_midi + midi_tokens));
  for (void* memory : {bytes, static_cast<void*>(of_notes), static_cast<void*>(of_midi)}) {
    pno_free(memory);
  }

  // A file cut within its track, and notes out of range.
  ASSERT_EQ(pno_notes_midi(played.data(), 2, nullptr, nullptr, &bytes, &size, &error_), PNO_OK);
  pno_free(notes);
  ASSERT_EQ(pno_midi_notes(bytes, size - 6, &notes, &count, &is_damaged, &error_), PNO_OK);
  EXPECT_EQ(is_damaged, 1);
  EXPECT_EQ(count, 2U);
  pno_free(bytes);
  pno_free(notes);
  EXPECT_EQ(pno_midi_notes("Dear diary", 10, &notes, &count, nullptr, &error_), PNO_BAD_INPUT);
  EXPECT_THAT(error_.message, HasSubstr("the file is not a MIDI file"));
  auto wrong = played;
  wrong[1].velocity = 0;
  EXPECT_EQ(pno_notes_tokens(model(), wrong.data(), 2, &of_notes, &count, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("note 1 is out of range: start 250000 us, length 1000 us"));
}

TEST_F(Api, RefusesATokenOutsideTheVocabulary) {
  const auto session = open_session();
  const Tokens tokens = {bos(), static_cast<pno_token>(pno_vocabulary_size(model()))};
  EXPECT_EQ(pno_session_read(session.get(), tokens.data(), 2, &error_), PNO_BAD_CALL);
  EXPECT_THAT(error_.message, HasSubstr("outside the model's vocabulary"));
  EXPECT_EQ(pno_session_position(session.get()), 0);
}

TEST_F(Api, NullIsAnError) {
  pno_token token = 0;
  EXPECT_EQ(pno_model_open(nullptr, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_model_open_memory(nullptr, 0, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_open(nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_read(nullptr, &token, 1, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_step(nullptr, 0, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_draw(nullptr, &token, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_reset(nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_rewind(nullptr, 0, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_fork(nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_copy(nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_set(nullptr, "seed", "1", nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_midi_tokens(nullptr, "", 0, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_midi_notes(nullptr, 0, nullptr, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_notes_tokens(nullptr, nullptr, 0, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_notes_midi(nullptr, 1, nullptr, nullptr, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_tokens_midi(nullptr, nullptr, 0, nullptr, nullptr, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_logits(nullptr), nullptr);
  EXPECT_EQ(pno_session_position(nullptr), 0);
  EXPECT_EQ(pno_session_earliest_rewind(nullptr), 0);
  EXPECT_EQ(pno_vocabulary_size(nullptr), 0);
  EXPECT_EQ(pno_input_size(nullptr), 0);
  EXPECT_EQ(pno_session_step_as(nullptr, 0, PNO_GIVEN, nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_session_control(nullptr, "key", "C", nullptr), PNO_BAD_CALL);
  EXPECT_EQ(pno_token_event(nullptr, 0).kind, -1);
  EXPECT_EQ(pno_event_token(nullptr, PNO_BOS, 0), PNO_NO_TOKEN);
  EXPECT_EQ(pno_model_metadata(nullptr, "format"), nullptr);
  pno_model_close(nullptr);
  pno_session_close(nullptr);
  pno_free(nullptr);
}

}  // namespace
}  // namespace pno::infer
