#include "base/standard_streams.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/file.h"
#include "base/interrupt.h"

namespace pno {
namespace {

// Replaces a descriptor of this process by one end of a pipe, during its life.
class Redirected {
 public:
  Redirected(int descriptor, std::size_t end) : descriptor_(descriptor), kept_(::dup(descriptor)) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    ::dup2(ends_.at(end), descriptor);
    ::close(ends_.at(end));
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(kept_, descriptor_);
    ::close(kept_);
  }
  int reading_end() const { return ends_[0]; }
  int writing_end() const { return ends_[1]; }

 private:
  int descriptor_, kept_;
  std::array<int, 2> ends_{};
};

TEST(StandardStreams, HaveTheirNames) {
  for (const auto* name : {"-", "/dev/stdin"}) EXPECT_TRUE(names_stdin(name)) << name;
  for (const auto* name : {"-", "/dev/stdout"}) EXPECT_TRUE(names_stdout(name)) << name;
  for (const auto* name : {"./-", "", "/dev/null", "a-"}) {
    EXPECT_FALSE(names_stdin(name)) << name;
    EXPECT_FALSE(names_stdout(name)) << name;
  }
}

TEST(StandardStreams, StdinIsReadToItsEnd) {
  const Redirected input(STDIN_FILENO, 0);
  const std::string bytes("MThd\0\n", 6);
  ASSERT_EQ(::write(input.writing_end(), bytes.data(), bytes.size()), 6);
  ::close(input.writing_end());
  EXPECT_EQ(read_stdin().value(), bytes);
}

TEST(StandardStreams, AnInterruptEndsReading) {
  const Redirected input(STDIN_FILENO, 0);
  set_interrupted(true);
  const auto text = read_stdin();
  set_interrupted(false);
  ::close(input.writing_end());
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().kind, Error::Kind::interrupted);
}

TEST(StandardStreams, StdoutIsWrittenLikeAFile) {
  const Redirected output(STDOUT_FILENO, 1);
  for (const auto* name : {"-", "/dev/stdout"}) {
    ASSERT_TRUE(replace_file(name, std::string_view("MThd\0", 5)).has_value()) << name;
    std::array<char, 16> bytes{};
    ASSERT_EQ(::read(output.reading_end(), bytes.data(), bytes.size()), 5) << name;
    EXPECT_EQ(std::string(bytes.data(), 5), std::string("MThd\0", 5));
  }
  EXPECT_FALSE(std::filesystem::exists("-"));
  ::close(output.reading_end());
}

}  // namespace
}  // namespace pno
