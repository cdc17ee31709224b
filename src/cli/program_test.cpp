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
    app.add_option("FILE", file_, "A file");
    app.add_option("-o,--output", output_, "A file to write")->type_name("FILE");
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
  std::string file_, output_;
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

TEST_F(ProgramTest, HelpAndVersionAreCommandsToo) {
  EXPECT_EQ(run({"help"}), 0);
  EXPECT_THAT(out_, HasSubstr("A summary."));
  EXPECT_EQ(run({"help", "play"}), 0);
  EXPECT_THAT(out_, HasSubstr("--long-name"));
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_THAT(out_, testing::StartsWith("pno "));
  EXPECT_EQ(run({"help", "pray"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean 'play'?"));
}

TEST_F(ProgramTest, ErrorsAreJsonToo) {
  play_ = []() -> Expected<Answer> { return fail("a.mid: has no notes"); };
  EXPECT_EQ(run({"play", "--json"}), 1);
  EXPECT_EQ(out_, "{\"error\":\"a.mid: has no notes\"}\n");
  EXPECT_EQ(err_, "pno: a.mid: has no notes\n");
  EXPECT_EQ(run({"play", "--json", "--lung-name", "3"}), 2);
  EXPECT_EQ(out_, "{\"error\":\"--lung-name is not a flag; did you mean --long-name?\"}\n");
  EXPECT_EQ(run({"pray", "--json"}), 2);
  EXPECT_THAT(out_, testing::StartsWith("{\"error\":\"unknown command 'pray'"));
}

TEST_F(ProgramTest, FieldsInErrorsOfUsageAreFlags) {
  play_ = []() -> Expected<Answer> { return fail_usage("long_name is -1; it must be 0 or more"); };
  EXPECT_EQ(run({"play"}), 2);
  EXPECT_EQ(err_, "pno play: --long-name is -1; it must be 0 or more; see 'pno play --help'\n");
}

TEST_F(ProgramTest, AnEmptyArgumentIsAnError) {
  EXPECT_EQ(run({"play", ""}), 2);
  EXPECT_THAT(err_, HasSubstr("FILE is empty"));
}

TEST_F(ProgramTest, ControlCharactersInErrorsAreEscaped) {
  play_ = []() -> Expected<Answer> { return fail("a\x1b[31m.mid: has no notes"); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_EQ(err_, "pno: a\\x1b[31m.mid: has no notes\n");
}

TEST_F(ProgramTest, IncompleteAnswersExitWithOne) {
  play_ = [] { return Answer{"some\n", {{"notes", 3}}, /*complete=*/false}; };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_EQ(out_, "some\n");
}

TEST_F(ProgramTest, TextIsOnStderrIfStdoutIsTheOutput) {
  for (const auto* name : {"-", "/dev/stdout"}) {
    EXPECT_EQ(run({"play", "-o", name}), 0);
    EXPECT_EQ(out_, "");
    EXPECT_EQ(err_, "played\n");
    EXPECT_EQ(run({"play", "-o", name, "--json"}), 2);
    EXPECT_THAT(err_, HasSubstr("name a file to write"));
  }
  EXPECT_EQ(run({"play", "-o", "a.mid"}), 0);
  EXPECT_EQ(out_, "played\n");
}

TEST_F(ProgramTest, ExceptionsBecomeErrors) {
  play_ = []() -> Expected<Answer> { throw std::bad_alloc(); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_THAT(err_, HasSubstr("not enough memory"));
  play_ = []() -> Expected<Answer> { throw std::runtime_error("a plain exception"); };
  EXPECT_EQ(run({"play"}), 1);
  EXPECT_THAT(err_, HasSubstr("a plain exception"));
}

}  // namespace
}  // namespace pno::cli
