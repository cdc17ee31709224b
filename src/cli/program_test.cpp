#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace pno::cli {
namespace {

using testing::HasSubstr;

// A program with the command `play`, run with arguments, its output captured.
class ProgramTest : public testing::Test {
 protected:
  int run(std::vector<const char*> arguments) {
    Program program("A summary.");
    CLI::App& app =
        program.add({.name = "play", .summary = "Play", .example = "  pno play 3", .run = [this] {
                       return play_();
                     }});
    app.add_option("--long-name", number_, "A number");
    arguments.insert(arguments.begin(), "pno");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = program.run(static_cast<int>(arguments.size()), arguments.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return code;
  }

  std::function<Expected<Answer>()> play_ = [] { return Answer{"played\n", {{"notes", 3}}}; };
  int number_ = 0;
  std::string out_, err_;
};

TEST_F(ProgramTest, PrintsTextOrJson) {
  EXPECT_EQ(run({"play"}), 0);
  EXPECT_EQ(out_, "played\n");
  EXPECT_EQ(run({"play", "--json"}), 0);
  EXPECT_EQ(out_, "{\"notes\":3}\n");
}

TEST_F(ProgramTest, InvalidUtf8InJsonIsReplaced) {
  play_ = [] { return Answer{"", {{"file", "a\xff.mid"}}}; };
  EXPECT_EQ(run({"play", "--json"}), 0);
  EXPECT_EQ(out_, "{\"file\":\"a\xEF\xBF\xBD.mid\"}\n");
}

TEST_F(ProgramTest, UnderscoresInFlagsAreReadAsDashes) {
  EXPECT_EQ(run({"play", "--long_name=4"}), 0);
  EXPECT_EQ(number_, 4);
  EXPECT_EQ(run({"play", "--long-name", "5"}), 0);
  EXPECT_EQ(number_, 5);
}

TEST_F(ProgramTest, BadInputExitsWithOne) {
  play_ = []() -> Expected<Answer> { return fail("a.mid: has no notes"); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_EQ(err_, "pno: a.mid: has no notes\n");
  EXPECT_EQ(out_, "");
}

TEST_F(ProgramTest, WrongUsageExitsWithTwoAndAHint) {
  EXPECT_EQ(run({"play", "--loud"}), 2);
  EXPECT_THAT(err_, HasSubstr("--loud"));
  EXPECT_THAT(err_, testing::EndsWith("; see 'pno play --help'\n"));
  EXPECT_EQ(run({"pray"}), 2);
  EXPECT_EQ(err_, "pno: unknown command 'pray' (did you mean 'play'?); see 'pno --help'\n");
  play_ = []() -> Expected<Answer> { return fail_usage("--long-name is too long"); };
  EXPECT_EQ(run({"play"}), 2);
  EXPECT_EQ(err_, "pno play: --long-name is too long; see 'pno play --help'\n");
}

TEST_F(ProgramTest, ExceptionsBecomeErrors) {
  play_ = []() -> Expected<Answer> { throw std::bad_alloc(); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_THAT(err_, HasSubstr("not enough memory"));
  play_ = []() -> Expected<Answer> { throw std::runtime_error("a plain exception"); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_THAT(err_, HasSubstr("a plain exception"));
}

TEST(Grouped, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-100), "-100");
  EXPECT_EQ(grouped(-1000), "-1,000");
}

}  // namespace
}  // namespace pno::cli
