// The layers: which folder of src/ may include which, and which library comes in where. The table
// is that of src/README.md, which is read here and compared.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Names = std::vector<std::string>;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Layer {
  std::string folder;
  Names may_include;  // folders besides itself
};

const Names kAllButTrain = {"base",  "midi", "events", "corpus", "model",
                            "infer", "api",  "eval",   "sound",  "picture"};

// In the order of the flow: a folder includes only what stands above it.
const std::vector<Layer> kLayers = {
    {"base", {}},
    {"midi", {"base"}},
    {"events", {"base", "midi"}},
    {"corpus", {"base", "midi", "events"}},
    {"model", {"base"}},
    {"train", {"base", "events", "corpus", "model"}},
    {"infer", {"base", "events", "model"}},
    {"api", {"base", "midi", "events", "model", "infer"}},
    {"eval", {"base", "midi", "events", "corpus", "model", "infer"}},
    {"sound", {"base", "midi"}},
    {"picture", {"base", "midi"}},
    {"live", kAllButTrain},
    {"web", kAllButTrain},
    {"cli",
     {"base", "midi", "events", "corpus", "model", "train", "infer", "api", "eval", "sound",
      "picture", "live", "web"}},
};

struct Library {
  std::string include;  // how its includes begin
  Names at;             // folders, or files of them; empty: everywhere
};

// Tests and benchmarks, files with one of these words in their names, may use any of them.
const std::vector<Library> kLibraries = {
    {"tl/expected.hpp", {}},
    {"fmt/", {}},
    {"nlohmann/", {"base/safetensors.cpp", "corpus", "model", "cli"}},
    // midi/ and events/ test themselves on music that lies in a zip; nothing else there reads one.
    {"zip.h", {"corpus", "midi/midi_zip.h", "events/real_music.cpp"}},
    {"zlib.h", {"corpus/zip_archive.cpp"}},
    {"hwy/", {"train", "infer"}},
    {"torch/", {"train"}},
    {"ATen/", {"train"}},
    {"c10/", {"train"}},
    {"google/protobuf/", {"train"}},
    {"fluidsynth.h", {"sound"}},
    {"sndfile.h", {"sound"}},
    {"cairo", {"picture"}},
    {"rtmidi/", {"live"}},
    {"httplib.h", {"web"}},
    {"CLI/", {"cli"}},
    {"toml++/", {"cli"}},
    // The C API is read by compilers of C.
    {"stddef.h", {"api/pno.h"}},
    {"stdint.h", {"api/pno.h"}},
    // Highway has no name for VNNI's product of bytes.
    {"immintrin.h", {"infer/panel_sums-inl.h"}},
    // The emulated threads of a GPU are fibers.
    {"ucontext.h", {"train/cuda_emulation.cpp"}},
    {"sanitizer/", {"train/cuda_emulation.cpp"}},
};

// Of the operating system, with a dot in their names; the C++ library's have none.
const Names kSystem = {"unistd.h", "fcntl.h",   "dlfcn.h", "link.h", "malloc.h",
                       "poll.h",   "pthread.h", "sched.h", "sys/",   "netinet/",
                       "arpa/",    "netdb.h",   "linux/"};

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool begins_with_any(std::string_view text, const Names& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return text.starts_with(beginning); });
}

const Layer* find_layer(std::string_view folder) {
  const auto found = std::find_if(kLayers.begin(), kLayers.end(),
                                  [&](const Layer& layer) { return layer.folder == folder; });
  return found == kLayers.end() ? nullptr : &*found;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Names includes(const std::string& text) {
  static const std::regex kInclude(R"re((?:^|\n)[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"])re");
  Names result;
  for (std::sregex_iterator match(text.begin(), text.end(), kInclude), end; match != end; ++match) {
    result.push_back((*match)[1]);
  }
  return result;
}

// What is wrong with an include of a file, named from src/ on; empty where nothing is.
std::string complaint(const std::string& file, const std::string& include) {
  const std::string folder = file.substr(0, file.find('/'));
  const Layer* layer = find_layer(folder);
  if (layer == nullptr) return file + ": its folder is not in the table of layers";

  const auto slash = include.find('/');
  const std::string first = include.substr(0, slash);
  if (slash != std::string::npos && find_layer(first) != nullptr) {
    if (first == folder || contains(layer->may_include, first)) return "";
    return file + " includes " + include + ", but " + folder + "/ may not include " + first + "/";
  }
  const bool is_test =
      file.find("test") != std::string::npos || file.find("bench") != std::string::npos;
  if (is_test || begins_with_any(include, kSystem)) return "";
  if (slash == std::string::npos && include.find('.') == std::string::npos) return "";
  for (const auto& library : kLibraries) {
    if (!include.starts_with(library.include)) continue;
    if (library.at.empty() || contains(library.at, folder) || contains(library.at, file)) return "";
    return file + " includes " + include + ", a library that " + folder + "/ may not use";
  }
  return file + " includes " + include +
         ", a library that is not in the table of tests/layers_test.cpp";
}

const std::filesystem::path kSource = std::filesystem::path(PNO_SOURCE_DIR) / "src";

Names folders_in_source() {
  Names result;
  for (const auto& entry : std::filesystem::directory_iterator(kSource)) {
    if (entry.is_directory()) result.push_back(entry.path().filename());
  }
  return result;
}

// The layers whose folders exist, in the table's order.
Names expected_order() {
  const Names existing = folders_in_source();
  Names result;
  for (const auto& layer : kLayers) {
    if (contains(existing, layer.folder)) result.push_back(layer.folder);
  }
  return result;
}

TEST(Layers, EveryFileIncludesOnlyWhatItsLayerMay) {
  static const std::set<std::string> kEndings = {".h", ".cpp", ".cu", ".in"};
  std::size_t looked_at = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource)) {
    if (kEndings.count(entry.path().extension().string()) == 0) continue;
    const auto file = std::filesystem::relative(entry.path(), kSource).string();
    for (const auto& include : includes(read(entry.path()))) {
      ++looked_at;
      EXPECT_EQ(complaint(file, include), "");
    }
  }
  EXPECT_GT(looked_at, 100U) << "the includes were not found";
}

TEST(Layers, AFolderIncludesOnlyWhatStandsAboveIt) {
  Names above;
  for (const auto& layer : kLayers) {
    for (const auto& folder : layer.may_include) {
      EXPECT_TRUE(contains(above, folder)) << layer.folder << " includes " << folder;
    }
    above.push_back(layer.folder);
  }
}

TEST(Layers, CMakeBuildsTheFoldersInTheSameOrder) {
  static const std::regex kFolder(R"(add_subdirectory\((\w+)\))");
  const std::string text = read(kSource / "CMakeLists.txt");
  Names order;
  for (std::sregex_iterator match(text.begin(), text.end(), kFolder), end; match != end; ++match) {
    order.push_back((*match)[1]);
  }
  EXPECT_EQ(order, expected_order());
}

// Rows such as "| `sound/` `picture/` | base midi |".
TEST(Layers, TheReadmeHasTheSameTable) {
  static const std::regex kRow(R"(\|((?: *`\w+/`)+) *\|([^|]*)\|)");
  static const std::regex kWord(R"(\w+)");
  const auto words = [](const std::string& text) {
    return Names(std::sregex_token_iterator(text.begin(), text.end(), kWord), {});
  };
  const std::string text = read(kSource / "README.md");
  Names order;
  for (std::sregex_iterator row(text.begin(), text.end(), kRow), end; row != end; ++row) {
    for (const auto& folder : words((*row)[1])) {
      order.push_back(folder);
      const Layer* layer = find_layer(folder);
      ASSERT_NE(layer, nullptr) << folder;
      const Names told = words((*row)[2]);
      const bool is_everything = !told.empty() && told.front() == "everything";
      EXPECT_TRUE(is_everything || told == layer->may_include) << folder << ": " << (*row)[2];
    }
  }
  EXPECT_EQ(order, expected_order());
}

TEST(Layers, TheComplaintNamesTheFileAndTheInclude) {
  EXPECT_EQ(complaint("midi/smf_reader.cpp", "events/vocabulary.h"),
            "midi/smf_reader.cpp includes events/vocabulary.h, but midi/ may not include events/");
  EXPECT_THAT(complaint("infer/engine.cpp", "torch/torch.h"), HasSubstr("infer/ may not use"));
  EXPECT_THAT(complaint("base/file.h", "nlohmann/json.hpp"), HasSubstr("base/ may not use"));
  EXPECT_THAT(complaint("eval/likelihood.cpp", "CLI/CLI.hpp"), HasSubstr("eval/ may not use"));
  EXPECT_THAT(complaint("midi/x.cpp", "boost/any.hpp"), HasSubstr("not in the table"));
  EXPECT_THAT(complaint("common/x.h", "vector"), HasSubstr("common/x.h: its folder is not in"));
}

TEST(Layers, WhatIsAllowedDrawsNoComplaint) {
  EXPECT_THAT(complaint("midi/smf_reader.cpp", "base/error.h"), IsEmpty());
  EXPECT_THAT(complaint("midi/smf_reader.cpp", "midi/performance.h"), IsEmpty());
  EXPECT_THAT(complaint("base/safetensors.cpp", "nlohmann/json.hpp"), IsEmpty());
  EXPECT_THAT(complaint("base/file.cpp", "sys/mman.h"), IsEmpty());
  EXPECT_THAT(complaint("base/file.cpp", "vector"), IsEmpty());
  EXPECT_THAT(complaint("midi/smf_reader_bench.cpp", "zip.h"), IsEmpty());
}

TEST(Layers, IncludesAreFoundHoweverTheyAreWritten) {
  EXPECT_THAT(includes("#include <a>\n  # include \"b/c.h\"  // why\nint x; // #include <d>\n"),
              ElementsAre("a", "b/c.h"));
}

}  // namespace
