#include "cli/sample_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "base/file.h"
#include "infer/test_models.h"

namespace pno::cli {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// The sentences of a writer, which come from its thread.
class Sentences {
 public:
  void add(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    all_.push_back(sentence);
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class SampleWriterTest : public testing::Test {
 protected:
  // A writer reads models from beside its folder of samples.
  fs::path model(std::int64_t step) const {
    auto path = folder_ / fmt::format("model-{}.safetensors", step);
    infer::TestModel(infer::kTestConfig).write(path);
    return path;
  }
  std::vector<std::string> names_in(const fs::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  SampleOptions short_samples() const { return {.seconds = 1, .seed = 1}; }
  std::function<void(const std::string&)> say() {
    return [this](const std::string& sentence) { sentences_.add(sentence); };
  }

  infer::TestFolder folder_;
  fs::path samples_ = folder_ / "";
  Sentences sentences_;
};

TEST_F(SampleWriterTest, WritesMusicAndRemovesTheModel) {
  SampleWriter writer(samples_, short_samples(), say());
  writer.start(7, model(7));
  writer.finish();
  EXPECT_THAT(sentences_.all(), Contains(HasSubstr("step-000000007.mid")));
  const auto names = names_in(samples_);
  EXPECT_THAT(names, Contains("step-000000007.mid"));
  EXPECT_THAT(names, testing::Not(Contains(HasSubstr("safetensors"))));
}

// Of many that come at once the last is always written; each is written or replaced by a later one.
TEST_F(SampleWriterTest, WritesTheLastOfManyThatComeAtOnce) {
  constexpr std::int64_t kModels = 12;
  {
    SampleWriter writer(samples_, short_samples(), say());
    for (std::int64_t step = 1; step <= kModels; ++step) writer.start(step, model(step));
  }
  EXPECT_THAT(sentences_.all(), Contains(HasSubstr("step-000000012.mid")));
  EXPECT_THAT(names_in(samples_), testing::Not(Contains(HasSubstr("safetensors"))));
}

TEST_F(SampleWriterTest, ReportsAModelThatCannotBeRead) {
  const auto path = folder_ / "model-3.safetensors";
  ASSERT_TRUE(replace_file(path, "not a model").has_value());
  SampleWriter writer(samples_, short_samples(), say());
  writer.start(3, path);
  writer.finish();
  EXPECT_THAT(sentences_.all(), Contains(HasSubstr("no sample of step 3")));
  EXPECT_THAT(names_in(samples_), IsEmpty());
}

TEST_F(SampleWriterTest, RemovesTheModelsThatAKilledRunLeft) {
  ASSERT_TRUE(replace_file(samples_ / "weights-5.safetensors", "left over").has_value());
  const SampleWriter writer(samples_, short_samples(), say());
  EXPECT_THAT(names_in(samples_), IsEmpty());
}

}  // namespace
}  // namespace pno::cli
