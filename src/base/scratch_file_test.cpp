#include "base/scratch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>
#include <utility>

namespace pno {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Limits the size of files during its life, as on a full disk.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : on_excess_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, on_excess_);
  }

 private:
  rlimit before_{};
  void (*on_excess_)(int);
};

TEST(ScratchFile, ReadsWhatWasAppended) {
  auto file = ScratchFile::create(fs::temp_directory_path());
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->append(bytes_of("relative ")));
  ASSERT_TRUE(file->append({}));
  ASSERT_TRUE(file->append(bytes_of("attention")));
  std::array<std::byte, 4> middle{};
  ASSERT_TRUE(file->read(7, middle));
  EXPECT_EQ(text_of(middle), "e at");
  const auto mapped = file->map();
  ASSERT_TRUE(mapped) << mapped.error().message;
  EXPECT_EQ(text_of(mapped->bytes()), "relative attention");
}

TEST(ScratchFile, MappingOutlivesTheFile) {
  auto file = ScratchFile::create(fs::temp_directory_path());
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->append(bytes_of("kept")));
  const auto mapped = file->map();
  ASSERT_TRUE(mapped) << mapped.error().message;
  { const ScratchFile gone = std::move(*file); }
  EXPECT_EQ(text_of(mapped->bytes()), "kept");
}

TEST(ScratchFile, HasNoNameInTheFolder) {
  std::string name = (fs::temp_directory_path() / "pno_scratch_test_XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  {
    auto file = ScratchFile::create(name);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE(file->append(bytes_of("x")));
    EXPECT_TRUE(fs::is_empty(name));
  }
  fs::remove_all(name);
}

TEST(ScratchFile, ErrorSaysWhyItCannotBeMadeOrGrow) {
  const auto missing = ScratchFile::create("/no/such/folder");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "No such file or directory");

  auto file = ScratchFile::create(fs::temp_directory_path());
  ASSERT_TRUE(file) << file.error().message;
  const SmallDisk disk(4096);
  const std::vector<std::byte> much(10'000);
  const auto appended = file->append(much);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().message, "File too large");
}

}  // namespace
}  // namespace pno
