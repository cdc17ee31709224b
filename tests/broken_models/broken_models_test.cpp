// Every broken model file is an error with one sentence. The engine must not crash or allocate
// sizes that the file only claims; the program exits with code 1.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

#include "base/allocation_count.h"
#include "infer/session.h"
#include "infer/test_models.h"
#include "mutants.h"
#include "scratch.h"

namespace pno::broken_models {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Largest allocation of a reader, relative to the file: the header as JSON, in a growing vector.
constexpr std::size_t kMostTimesTheFile = 16;

constexpr model::ModelConfig kTiny{.layers = 2,
                                   .heads = 2,
                                   .width = 6,
                                   .attention_width = 8,
                                   .ff_width = 10,
                                   .context = 16,
                                   .max_distance = 5,
                                   .block = 8,
                                   .attention = model::Attention::shaw};

std::string tiny_model() {
  const infer::TestFolder folder;
  infer::TestModel(kTiny).write(folder / "model.safetensors");
  return read_text(folder / "model.safetensors").value();
}

// The error message for a file; empty if it is a model that plays.
std::string complaint(const std::string& bytes) {
  // With the alignment of a mapped file.
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t) + 1);
  std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(words.data()));
  const auto view = std::as_bytes(std::span(words)).first(bytes.size());
  forget_largest_allocation();
  auto file = model::ModelFile::parse(view, "the file");
  EXPECT_LE(largest_allocation_bytes(),
            kMostTimesTheFile * std::max<std::size_t>(bytes.size(), 4096));
  if (!file) return file.error().message;
  auto engine = infer::Engine::create(std::move(*file), {.threads = 1});
  if (!engine) return "the file: " + engine.error().message;
  if ((*engine)->config().context > 100'000) return "";  // would need a gigabyte or more to play
  infer::Session session(*engine);
  for (int step = 0; step < 40; ++step) {
    const auto logits = session.step((*engine)->vocabulary().bos());
    EXPECT_EQ(static_cast<int>(logits.size()), (*engine)->vocabulary().outputs());
  }
  return "";
}

const auto kOneSentence = AllOf(StartsWith("the file: "), Not(HasSubstr("\n")), Not(EndsWith(".")));

TEST(BrokenModels, EachIsAnErrorOrPlays) {
  const auto whole = tiny_model();
  ASSERT_EQ(complaint(whole), "");
  const auto all = mutants(whole);
  EXPECT_GT(all.size(), 1000U);
  std::map<bool, int> count;
  for (const auto& mutant : all) {
    SCOPED_TRACE(mutant.what);
    const auto message = complaint(mutant.bytes);
    ++count[message.empty()];
    EXPECT_FALSE(mutant.must_fail && message.empty()) << "it was accepted as a model";
    if (!message.empty()) {
      EXPECT_THAT(message, kOneSentence);
    }
  }
  RecordProperty("refused", count[false]);
  RecordProperty("played", count[true]);
}

class BrokenModel : public cli_test::Scratch {
 protected:
  // Gives pno every `stride`-th mutant that must fail.
  void expect_failures(std::size_t stride) {
    const auto all = mutants(tiny_model());
    std::size_t index = 0;
    for (const auto& mutant : all) {
      if (!mutant.must_fail || index++ % stride != 0) continue;
      SCOPED_TRACE(mutant.what);
      write("model.safetensors", mutant.bytes);
      cli_test::expect_failure(pno({"generate", "model.safetensors", "-o", "a.mid"}), 1,
                               "model.safetensors: ");
      EXPECT_FALSE(exists("a.mid"));
    }
  }
};

TEST_F(BrokenModel, ProgramExitsWithCode1) {
  expect_failures(41);
}

using SlowBrokenModel = BrokenModel;

TEST_F(SlowBrokenModel, ProgramExitsWithCode1ForAllOfThem) {
  expect_failures(1);
}

}  // namespace
}  // namespace pno::broken_models
