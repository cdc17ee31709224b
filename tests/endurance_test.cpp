// Generates hours of music, checks every event, and measures memory. The default is a tenth of an
// hour; environment variables change it:
//
//   export PNO_ENDURANCE_HOURS=10 PNO_ENDURANCE_MODEL=run/model.safetensors
//   build/release/tests/endurance_test --gtest_filter='Slow*'

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "infer/generate.h"
#include "infer/music/test_music.h"
#include "infer/test_models.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PNO_MEMORY_IS_THE_SANITIZERS
#endif

namespace pno::infer {
namespace {

double hours() {
  const char* text = std::getenv("PNO_ENDURANCE_HOURS");
  return text != nullptr ? std::atof(text) : 0.1;
}

// Resident memory in megabytes.
double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Case {
  std::string name;
  std::shared_ptr<const Engine> engine;
};

// Models with random weights, of every kind of attention and both vocabularies, and the model of
// PNO_ENDURANCE_MODEL.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& vocabulary : {events::kPerformance, events::kPnoAi}) {
    for (const auto attention : {model::Attention::absolute, model::Attention::relative,
                                 model::Attention::relative_local, model::Attention::shaw}) {
      const model::ModelConfig config{.layers = 2,
                                      .heads = 2,
                                      .width = 16,
                                      .attention_width = 16,
                                      .ff_width = 32,
                                      .context = 64,
                                      .max_distance = 64,
                                      .attention = attention};
      all.push_back({fmt::format("random weights, {}, {}", enum_name(attention),
                                 events::vocabulary_name(vocabulary)),
                     TestModel(config, vocabulary).engine({.threads = 2})});
    }
  }
  if (const char* path = std::getenv("PNO_ENDURANCE_MODEL")) {
    auto engine = Engine::open(path);
    EXPECT_TRUE(engine.has_value()) << engine.error().message;
    if (engine) all.push_back({path, *engine});
  }
  return all;
}

struct Endured {
  double music_s = 0;
  std::int64_t tokens = 0, mended = 0, notes = 0;
};

void play(const Case& of, const GenerateOptions& options, Endured& endured) {
  const auto& vocabulary = of.engine->vocabulary();
  const auto generated = generate(of.engine, options, {});
  ASSERT_TRUE(generated.has_value()) << generated.error().message;
  ASSERT_FALSE(generated->too_dense);
  ASSERT_EQ(problem_of(generated->tokens, vocabulary, options.draw.limits), "")
      << of.name << ", temperature " << options.draw.sampler.temperature;
  const auto decoded = events::decode(generated->tokens, vocabulary);
  ASSERT_GE(static_cast<double>(decoded.length_us), options.seconds * 1e6);
  endured.music_s += static_cast<double>(decoded.length_us) / 1e6;
  endured.tokens += generated->drawn_tokens;
  endured.mended += generated->mended_total();
  endured.notes += std::ssize(decoded.performance.notes);
}

TEST(SlowEndurance, HoursOfMusicAreValid) {
  const std::vector<SamplerOptions> samplers = {{.temperature = 0.7, .top_p = 0.95},
                                                {.temperature = 1},
                                                {.temperature = 1.5, .min_p = 0.01},
                                                {.temperature = 0.9, .top_k = 20}};
  const auto all = cases();
  const double pieces = static_cast<double>(all.size() * samplers.size());
  for (const auto& of : all) {
    ASSERT_NE(of.engine, nullptr);
    Endured endured;
    const double before_mb = resident_mb();
    for (std::size_t i = 0; i < samplers.size(); ++i) {
      GenerateOptions options{
          .draw = {.sampler = samplers[i]}, .seconds = hours() * 3600 / pieces, .seed = i};
      if (i == 3)
        options.draw.controls = {.key = Key{1, true}, .density = 8, .repetition_penalty = 1};
      if (i == 2)
        options.draw.limits = {.longest_note_s = 3, .longest_silence_s = 1, .most_notes = 8};
      play(of, options, endured);
      if (HasFatalFailure()) return;
    }
    fmt::print(
        "{}: {:.0f} s of music, {} events, {} mended, {} notes, {:.0f} MB before, {:.0f} after\n",
        of.name, endured.music_s, endured.tokens, endured.mended, endured.notes, before_mb,
        resident_mb());
  }
}

// In one piece: only the events themselves, two bytes each, need more memory over time.
TEST(SlowEndurance, MemoryDoesNotGrow) {
#ifdef PNO_MEMORY_IS_THE_SANITIZERS
  GTEST_SKIP() << "a sanitizer keeps freed memory";
#endif
  const auto of = cases().back();
  ASSERT_NE(of.engine, nullptr);
  double early_mb = 0, most_mb = 0;
  std::int64_t last = 0;
  const GenerateOptions options{.seconds = std::min(hours(), 1.0) * 3600};
  const auto generated = generate(of.engine, options, [&](std::int64_t done, std::int64_t) {
    if (done == 2000) early_mb = resident_mb();
    if (done > 2000 && done % 1000 == 0) most_mb = std::max(most_mb, resident_mb());
    last = done;
  });
  ASSERT_TRUE(generated.has_value());
  ASSERT_GT(last, 3000) << "too few events to measure growth";
  constexpr double kSlackMb = 1;  // of the allocator
  const double events_mb = 3.0 * static_cast<double>(last) * sizeof(events::Token) / 1e6;
  EXPECT_LT(most_mb - early_mb, events_mb + kSlackMb);
  fmt::print(
      "{}: {:.0f} s in one piece, {} events; resident {:.1f} MB after 2,000, {:.1f} at most\n",
      of.name, options.seconds, last, early_mb, most_mb);
}

}  // namespace
}  // namespace pno::infer
