#include "cli/flat_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace pno::cli {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

Expected<std::vector<std::pair<std::string, std::string>>> read(const std::string& text) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / fmt::format("flat-{}.toml", ::getpid());
  EXPECT_TRUE(replace_file(path, text));
  auto values = read_flat_toml(path);
  std::filesystem::remove(path);
  return values;
}

TEST(FlatToml, HasIntegersAndTextsAsText) {
  const auto values = read("density = 20\ntemperature = \"21:0.5:1\"  # a comment\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_THAT(*values,
              UnorderedElementsAre(Pair("density", "20"), Pair("temperature", "21:0.5:1")));
}

TEST(FlatToml, ErrorsNameTheLine) {
  const auto broken = read("density = 20\nloudness = = 3\n");
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr(":2: not valid TOML"));
  const auto list = read("\n\ndensity = [20]\n");
  ASSERT_FALSE(list);
  EXPECT_THAT(list.error().message, HasSubstr(":3: density is neither"));
}

TEST(FlatToml, MissingFileIsAnError) {
  EXPECT_FALSE(read_flat_toml("/nonexistent/controls.toml"));
}

}  // namespace
}  // namespace pno::cli
