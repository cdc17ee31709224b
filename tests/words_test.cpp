// Phrases that the project does not use, in anything that people read: comments and string literals
// of the sources, documents, presets, scripts. docs/glossary.md says what to write in their place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "readable_text.h"

namespace pno::words {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A phrase is looked for with `pattern` only in passages that hold one of `hints`. Both are in
// lower case, and so is the text.
struct Phrase {
  std::vector<std::string_view> hints;
  std::regex pattern;
};

const std::vector<Phrase>& phrases() {
  static const std::vector<Phrase> kPhrases = [] {
    const auto phrase = [](std::vector<std::string_view> hints, const char* pattern) {
      return Phrase{std::move(hints), std::regex(pattern, std::regex::optimize)};
    };
    return std::vector<Phrase>{
        phrase({"no memory", "no lock"}, R"(takes? no (memory|lock))"),
        phrase({"no number", "no finite"}, R"(\bno (finite )?numbers?\b)"),
        phrase({"anew"}, R"(\banew\b)"),
        phrase({"go on", "goes on", "going on"}, R"(\bgo(es|ing)? on\b)"),
        phrase({"is no ", "are no "}, R"(\b(is|are) no [a-z])"),
        phrase({"whole number"}, R"(\bwhole numbers?\b)"),
        phrase({"whoever", "somebody", "nobody"}, R"(\b(whoever|somebody|nobody)\b)"),
    };
  }();
  return kPhrases;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "FILE:LINE: phrase" for every phrase in a passage.
void find_phrases(const std::string& file, const Passage& passage,
                  std::vector<std::string>& found) {
  const std::string text = lower(passage.text);
  for (const auto& phrase : phrases()) {
    bool is_likely = false;
    for (const auto hint : phrase.hints) is_likely = is_likely || text.find(hint) != text.npos;
    if (!is_likely) continue;
    for (std::sregex_iterator match(text.begin(), text.end(), phrase.pattern), end; match != end;
         ++match) {
      const auto at = static_cast<std::size_t>(match->position());
      found.push_back(file + ":" + std::to_string(passage.line_at(at)) + ": " + match->str());
    }
  }
}

// The glossary quotes what not to say: what stands between backticks or quotation marks there is
// left out.
std::string without_quotations(const std::string& text) {
  static const std::regex kQuotation(R"(`[^`\n]*`|"[^"\n]*")");
  return std::regex_replace(text, kQuotation, "``");
}

const std::string kGlossary = "docs/glossary.md";
const std::string kThisFile = "tests/words_test.cpp";

enum class Kind { other, source, script, prose, notebook };

Kind kind_of(const std::filesystem::path& file) {
  const std::string ending = file.extension().string(), name = file.filename().string();
  for (const auto* each : {".h", ".c", ".cpp", ".cu", ".cuh", ".in"}) {
    if (ending == each) return Kind::source;
  }
  for (const auto* each : {".sh", ".cmake", ".toml", ".py", ".js", ".mjs", ".map"}) {
    if (ending == each) return Kind::script;
  }
  if (ending == ".md" || name == "note.txt") return Kind::prose;
  if (ending == ".ipynb") return Kind::notebook;
  const bool is_script = name == "CMakeLists.txt" || name == "Dockerfile" || file == ".ci/run" ||
                         name == ".clang-tidy" || name == "CMakePresets.json";
  return is_script ? Kind::script : Kind::other;
}

// The faults of a file, which is named from the root of the repository.
std::vector<std::string> complaints(const std::string& file, const std::string& text) {
  std::vector<Passage> passages;
  switch (kind_of(file)) {
    case Kind::other:
      break;
    case Kind::script:
      passages = read_script(text);
      break;
    case Kind::notebook:
      passages = read_notebook(text);
      break;
    case Kind::prose:
      passages = read_prose(file == kGlossary ? without_quotations(text) : text);
      break;
    case Kind::source: {
      auto source = read_source(text);
      passages = std::move(source.comments);
      // The string literals of this file are the phrases.
      if (file != kThisFile) {
        passages.insert(passages.end(), std::move_iterator(source.strings.begin()),
                        std::move_iterator(source.strings.end()));
      }
      break;
    }
  }
  std::vector<std::string> found;
  for (const auto& passage : passages) find_phrases(file, passage, found);
  return found;
}

const std::filesystem::path kRoot = PNO_SOURCE_DIR;

std::vector<std::filesystem::path> all_files() {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(kRoot));
  }
  for (const auto* folder : {".ci", "bench", "cmake", "data", "docker", "docs", "examples", "fuzz",
                             "models", "notebooks", "presets", "scripts", "src", "tests", "wasm"}) {
    for (fs::recursive_directory_iterator entry(kRoot / folder), end; entry != end; ++entry) {
      if (entry->path().filename() == "node_modules") {
        entry.disable_recursion_pending();
      } else if (entry->is_regular_file()) {
        files.push_back(entry->path().lexically_relative(kRoot));
      }
    }
  }
  std::erase_if(files, [](const auto& file) { return kind_of(file) == Kind::other; });
  std::ranges::sort(files);
  return files;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Words, NoFileHasAPhraseThatTheProjectDoesNotUse) {
  std::size_t sources = 0, others = 0;
  std::string list;
  int count = 0;
  for (const auto& file : all_files()) {
    ++(kind_of(file) == Kind::source ? sources : others);
    for (const auto& complaint : complaints(file.string(), read(kRoot / file))) {
      list += complaint + "\n";
      ++count;
    }
  }
  EXPECT_EQ(count, 0) << list << "docs/glossary.md says what to write.";
  constexpr std::size_t kFewestSources = 500, kFewestOthers = 100;
  EXPECT_GT(sources, kFewestSources) << "the sources were not found";
  EXPECT_GT(others, kFewestOthers) << "the documents and scripts were not found";
}

std::vector<std::string> texts(const std::vector<Passage>& passages) {
  std::vector<std::string> result;
  for (const auto& passage : passages) result.push_back(passage.text);
  return result;
}

TEST(Words, EveryPhraseIsFoundInEveryForm) {
  for (const std::string text :
       {"Takes no memory.", "they take no lock", "a loss that is\nno number", "no numbers",
        "NO FINITE NUMBER", "begins anew", "go on", "it goes on", "Going on with", "is no x",
        "There are no files", "a whole number", "whole numbers", "Whoever", "somebody's",
        "nobody"}) {
    EXPECT_THAT(complaints("docs/x.md", text), testing::Not(IsEmpty())) << text;
  }
}

TEST(Words, LikeWordsAreNotPhrases) {
  for (const std::string text :
       {"takes no memoir", "no numbering", "manew", "ago on", "go once", "ergo on", "this no x",
        "is not", "is north", "is no 5", "wholesome numbers", "whole\n\nnumber", "is\n- no x"}) {
    EXPECT_THAT(complaints("docs/x.md", text), IsEmpty()) << text;
  }
}

TEST(Words, CommentsAndStringsAreReadAndCodeIsNot) {
  const auto of = [](const std::string& text) { return complaints("src/x.cpp", text); };
  EXPECT_THAT(of("int go = on; bool anew = true; go on;"), IsEmpty());
  EXPECT_THAT(of("int x;  // begins anew\n"), ElementsAre("src/x.cpp:1: anew"));
  EXPECT_THAT(of("\n/* a\n * whole\n * number */"), ElementsAre("src/x.cpp:3: whole number"));
  EXPECT_THAT(of("f(\"x is no \"\n  \"file\");"), ElementsAre("src/x.cpp:1: is no f"));
  EXPECT_THAT(of("f(\"goes\\non\");"), ElementsAre("src/x.cpp:1: goes on"));
  EXPECT_THAT(of("auto x = R\"(a \" b\nanew)\";"), ElementsAre("src/x.cpp:2: anew"));
}

TEST(Words, APhraseOverTwoLinesIsFoundWhereItBegins) {
  EXPECT_THAT(complaints("src/x.h", "#pragma once\n\n// A. Takes no\n// memory, goes\n// on.\n"),
              ElementsAre("src/x.h:3: takes no memory", "src/x.h:4: goes on"));
  EXPECT_THAT(complaints("scripts/x.sh", "#!/bin/sh\necho a\n# It goes\n# on.\n"),
              ElementsAre("scripts/x.sh:3: goes on"));
  EXPECT_THAT(complaints("notebooks/x.ipynb", "\"It goes\\n\",\n\"on.\""),
              ElementsAre("notebooks/x.ipynb:1: goes on"));
}

TEST(Words, OnlyTheGlossaryMayQuote) {
  const std::string quoted = "| \"goes on\" `anew` | continue |\n";
  EXPECT_THAT(complaints("docs/glossary.md", quoted), IsEmpty());
  EXPECT_THAT(complaints("docs/glossary.md", "it goes on"), SizeIs(1));
  EXPECT_THAT(complaints("docs/formats.md", quoted), SizeIs(2));
  EXPECT_THAT(complaints("tests/words_test.cpp", "f(\"goes on\");  // goes on"), SizeIs(1));
}

TEST(ReadableText, TellsCodeFromText) {
  const auto text = read_source(
      "#include \"a.h\"\n"
      "const int kMillion = 1'000'000;  // one\n"
      "                                 // million\n"
      "char quote = '\"', slash = '\\'', star = '*';\n"
      "auto s = u8\"four\" /* 4 */; auto r = u8R\"x(// )\" \\)x\";\n"
      "int half = 6 / 2; // end");
  EXPECT_THAT(texts(text.comments), ElementsAre("one million", "4 ", "end"));
  EXPECT_THAT(texts(text.strings), ElementsAre("a.h", "four", "// )\" \\"));
}

TEST(ReadableText, CommentsDividedByCodeAreTwo) {
  const auto text = read_source("int a;  // goes\nint b;  // on\n// and on\\\n over\n");
  EXPECT_THAT(texts(text.comments), ElementsAre("goes", "on and on over"));
}

TEST(ReadableText, AStringWithoutAnEndEndsWithItsLine) {
  EXPECT_THAT(texts(read_source("f(\"open\n// next\n").comments), ElementsAre("next"));
  EXPECT_THAT(texts(read_source("R\"(open").strings), ElementsAre("open"));
  EXPECT_THAT(texts(read_source("/* open").comments), ElementsAre("open"));
  EXPECT_THAT(texts(read_source("\"\\").strings), ElementsAre("\\"));
}

TEST(ReadableText, ProseIsDividedAtBlankLinesItemsAndRows) {
  const auto passages = read_prose("# One\ntwo\nthree\n\n- four\n  five\n- six\n| seven |\n1. 8\n");
  EXPECT_THAT(texts(passages),
              ElementsAre("", "# One two three", "", "- four five", "- six", "| seven |", "1. 8"));
  EXPECT_EQ(passages[3].line_at(passages[3].text.find("five")), 6);
}

TEST(ReadableText, ScriptsJoinCommentsAndNotCommands) {
  EXPECT_THAT(texts(read_script("# a\n#   b\nset(c)\n  d()  # e\n// f\n * g\n")),
              ElementsAre("a b", "set(c)", "d() # e", "f g"));
}

}  // namespace
}  // namespace pno::words
