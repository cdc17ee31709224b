// References that people follow: links between documents, and files of docs/ that comments cite.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "readable_text.h"

namespace pno::words {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

const fs::path kRoot = PNO_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> files_with(const std::vector<std::string>& endings) {
  std::vector<fs::path> files;
  const auto add = [&](const fs::directory_entry& entry) {
    const auto ending = entry.path().extension().string();
    const bool is_wanted = std::ranges::find(endings, ending) != endings.end();
    if (entry.is_regular_file() && is_wanted) files.push_back(entry.path());
  };
  for (const auto& entry : fs::directory_iterator(kRoot)) add(entry);
  for (const auto* folder :
       {"bench", "data", "docs", "examples", "fuzz", "models", "src", "tests"}) {
    for (fs::recursive_directory_iterator entry(kRoot / folder), end; entry != end; ++entry) {
      if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
      add(*entry);
    }
  }
  return files;
}

std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
  return {std::sregex_token_iterator(text.begin(), text.end(), pattern, 1), {}};
}

// Targets of [text](target), without those on other machines and without #headings.
std::vector<std::string> links(const std::string& text) {
  static const std::regex kLink(R"(\]\(([^)#\s]+)[^)]*\))");
  auto targets = matches(text, kLink);
  std::erase_if(targets, [](const auto& target) { return target.find("://") != target.npos; });
  return targets;
}

// Such as docs/formats.md, and docs/design.md section 3.
std::vector<std::string> citations(const std::string& text) {
  static const std::regex kCitation(R"((\bdocs/\w+\.md(?: section \d+)?))");
  return matches(text, kCitation);
}

// Whether the cited file is there and has the section.
bool is_there(const std::string& citation) {
  const auto space = citation.find(' ');
  const auto file = kRoot / citation.substr(0, space);
  if (!fs::exists(file)) return false;
  if (space == citation.npos) return true;
  const auto number = citation.substr(citation.rfind(' ') + 1);
  return read(file).find("\n## " + number + ". ") != std::string::npos;
}

TEST(References, EveryLinkOfADocumentLeadsToAFile) {
  std::size_t count = 0;
  for (const auto& file : files_with({".md"})) {
    for (const auto& target : links(read(file))) {
      ++count;
      EXPECT_TRUE(fs::exists(file.parent_path() / target)) << file << ": " << target;
    }
  }
  constexpr std::size_t kFewest = 20;
  EXPECT_GT(count, kFewest);
}

TEST(References, EveryDocumentThatACommentCitesIsThereWithItsSection) {
  std::size_t count = 0;
  for (const auto& file : files_with({".h", ".c", ".cpp", ".cu", ".cuh"})) {
    for (const auto& comment : read_source(read(file)).comments) {
      if (comment.text.find("docs/") == std::string::npos) continue;
      for (const auto& citation : citations(comment.text)) {
        ++count;
        EXPECT_TRUE(is_there(citation)) << file << ": " << citation;
      }
    }
  }
  constexpr std::size_t kFewest = 10;
  EXPECT_GT(count, kFewest);
}

// Code hosts show the source of an HTML file.
TEST(References, DocumentsAreNotHtml) {
  for (const auto& file : files_with({".html"})) {
    for (const auto* folder : {"bench", "data", "docs", "models"}) {
      EXPECT_NE(file.parent_path(), kRoot / folder) << file << ": make a picture of it";
    }
  }
}

TEST(References, AMissingFileOrSectionIsNoticed) {
  EXPECT_TRUE(is_there("docs/design.md"));
  EXPECT_TRUE(is_there("docs/design.md section 8"));
  EXPECT_FALSE(is_there("docs/design.md section 80"));
  EXPECT_FALSE(is_there("docs/missing.md"));
  EXPECT_THAT(citations("see docs/a.md section 12, docs/b.md"),
              ElementsAre("docs/a.md section 12", "docs/b.md"));
  EXPECT_THAT(links("[a](b.md#c) [`d`](../e) [f](https://g.h) (i)"), ElementsAre("b.md", "../e"));
}

}  // namespace
}  // namespace pno::words
