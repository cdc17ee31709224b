// notebooks/colab.ipynb has the fields of nbformat 4.5, and its cells that do not need Colab run.

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "scratch.h"

namespace pno::cli_test {
namespace {

const std::string kNotebook = PNO_SOURCE_DIR "/notebooks/colab.ipynb";

Json notebook() {
  return Json::parse(std::ifstream(kNotebook), nullptr, /*allow_exceptions=*/false);
}

std::string source_of(const Json& cell) {
  std::string text;
  for (const auto& line : cell["source"]) text += line.get<std::string>();
  return text;
}

bool has_tag(const Json& cell, const std::string& tag) {
  const auto tags = cell["metadata"].value("tags", std::vector<std::string>());
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

TEST(Notebook, HasTheFieldsOfNbformat) {
  const auto book = notebook();
  ASSERT_TRUE(book.is_object()) << kNotebook;
  EXPECT_EQ(book["nbformat"], 4);
  EXPECT_EQ(book["nbformat_minor"], 5);
  EXPECT_EQ(book["metadata"]["kernelspec"]["name"], "python3");
  EXPECT_EQ(book["metadata"]["accelerator"], "GPU");
  std::set<std::string> ids;
  for (const auto& cell : book["cells"]) {
    const auto id = cell["id"].get<std::string>();
    EXPECT_TRUE(std::regex_match(id, std::regex("[a-zA-Z0-9_-]{1,64}"))) << id;
    EXPECT_TRUE(ids.insert(id).second) << id << " occurs twice";
    EXPECT_TRUE(cell["metadata"].is_object()) << id;
    EXPECT_FALSE(source_of(cell).empty()) << id;
    const bool is_code = cell["cell_type"] == "code";
    EXPECT_TRUE(is_code || cell["cell_type"] == "markdown") << id;
    EXPECT_EQ(cell.contains("outputs"), is_code) << id;
    EXPECT_EQ(cell.contains("execution_count"), is_code) << id;
    EXPECT_TRUE(!is_code || cell["outputs"].empty())
        << id << ": the notebook must not contain outputs";
  }
}

class SlowNotebook : public Scratch {};

TEST_F(SlowNotebook, CellsWithoutColabRunTwice) {
  constexpr const char* kShell = "%%bash\n";
  const auto programs = std::filesystem::path(PNO_PROGRAM).parent_path().string();
  std::filesystem::create_directory(path("home"));
  int run = 0;
  for (int time = 0; time < 2; ++time) {  // the second time they continue the first run
    for (const auto& cell : notebook()["cells"]) {
      if (!has_tag(cell, "runs-anywhere")) continue;
      const auto source = source_of(cell);
      ASSERT_TRUE(source.starts_with(kShell)) << source;
      Process process("/usr/bin/env",
                      {"PATH=" + programs + ":/usr/bin:/bin", "PNO_HOME=" + path("home"),
                       "PNO_SOURCE=" PNO_SOURCE_DIR, "MINUTES=0.05", "bash", "-c",
                       source.substr(std::string(kShell).size())},
                      folder());
      const auto finished = process.wait(std::chrono::seconds(300));
      EXPECT_EQ(finished.exit_code, 0) << source << finished.err;
      ++run;
    }
  }
  EXPECT_EQ(run, 2 * 3);
  EXPECT_TRUE(exists("home/run/model.safetensors"));
  EXPECT_TRUE(exists("home/new.mid"));
}

}  // namespace
}  // namespace pno::cli_test
