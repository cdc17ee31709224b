// The layers: which folder or room of src/ may include which, and where each library may be used.
// The table is that of src/README.md, which is read here and compared.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
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
using testing::UnorderedElementsAre;

// Files of the repository from src/ on, or from the root for the folders beside src/.
struct Layer {
  Names names;        // folders, rooms of folders, or single headers without their endings
  Names may_include;  // first names of other layers; a folder's name allows its rooms, too
};

const std::string kEverything = "everything";

// In the order of the flow: a layer includes only what stands above it.
const std::vector<Layer> kLayers = {
    {{"base"}, {}},
    {{"simd"}, {"base"}},
    {{"midi"}, {"base"}},
    {{"events"}, {"base", "midi"}},
    {{"corpus"}, {"base", "midi", "events"}},
    {{"corpus/sources"}, {"base", "corpus"}},
    {{"corpus/matching"}, {"base", "midi", "corpus"}},
    {{"corpus/prepare"}, {"base", "midi", "events", "corpus", "corpus/sources", "corpus/matching"}},
    {{"corpus/examples"}, {"base", "events", "corpus"}},
    {{"model"}, {"base"}},
    {{"train/config", "train/rank_options", "train/train_options"}, {"base", "events", "model"}},
    {{"train/kernels"}, {"base", "simd", "model"}},
    {{"train/cuda"}, {"base", "model", "train/kernels"}},
    {{"train/layers"}, {"base", "simd", "model", "train/config", "train/kernels"}},
    {{"train/attention"}, {"base", "model", "train/kernels", "train/cuda", "train/layers"}},
    {{"train/ranks"}, {"base", "train/config"}},
    {{"train/step"},
     {"base", "events", "corpus", "corpus/examples", "model", "train/config", "train/kernels",
      "train/layers", "train/attention", "train/ranks"}},
    {{"train/run"},
     {"base", "events", "corpus", "corpus/examples", "model", "train/config", "train/kernels",
      "train/layers", "train/attention", "train/ranks", "train/step"}},
    {{"train"}, {"base", "events", "corpus", "model", "train/config", "train/step", "train/run"}},
    {{"infer/kernels"}, {"base", "simd", "model"}},
    {{"infer/music"}, {"base", "events"}},
    {{"infer"}, {"base", "simd", "events", "model", "infer/kernels", "infer/music"}},
    {{"api"}, {"base", "midi", "events", "model", "infer"}},
    {{"eval"}, {"base", "midi", "events", "corpus", "corpus/examples", "model", "infer"}},
    {{"sound", "picture"}, {"base", "midi"}},
    {{"report"}, {"base", "model", "eval"}},
    {{"live"}, {"base", "midi", "events", "model", "infer", "sound"}},
    {{"web"}, {"base", "midi", "events", "model", "infer", "sound", "picture"}},
    {{"cli"}, {kEverything}},
    // Beside src/.
    {{"wasm"}, {"base", "api"}},
    {{"fuzz"}, {"base", "midi", "events", "corpus", "model", "infer", "web"}},
    {{"examples"}, {"infer"}},
    {{"bench", "tests"}, {kEverything}},
};

struct Library {
  std::string include;  // the beginning of its includes
  Names at;             // folders, rooms or files; empty: everywhere
};

// Tests and benchmarks, files that end in _test or _bench and the folders beside src/, may use any.
const std::vector<Library> kLibraries = {
    {"tl/expected.hpp", {}},
    {"fmt/", {}},
    {"utf8/", {"base/utf8.cpp"}},
    {"nlohmann/", {"base/safetensors.cpp", "corpus", "model", "report", "web", "cli"}},
    // midi/ and events/ test themselves on music that lies in a zip; nothing else there reads one.
    {"zip.h", {"corpus", "midi/midi_zip.h", "events/real_music.cpp"}},
    {"zlib.h", {"corpus/sources/zip_archive.cpp", "corpus/test_files.cpp"}},
    {"hwy/", {"simd", "train", "infer"}},
    {"torch/", {"train"}},
    {"ATen/", {"train"}},
    {"c10/", {"train"}},
    {"fluidsynth.h", {"sound"}},
    {"sndfile.h", {"sound"}},
    {"cairo", {"picture"}},
    {"rtmidi/", {"live"}},
    {"httplib.h", {"web"}},
    {"CLI/", {"cli"}},
    {"toml++/", {"cli"}},
    // For several tests.
    {"gtest/",
     {"simd/every_target.h", "corpus/sources/sources_test_fixture.h",
      "train/cuda/cuda_test_device.h", "train/trainer_test_fixture.h", "infer/test_models.h"}},
    // The C API is read by compilers of C.
    {"stddef.h", {"api/pno.h"}},
    {"stdint.h", {"api/pno.h"}},
    // Highway has no names for VNNI's product of bytes, nor for the products of bf16.
    {"immintrin.h", {"infer/kernels/panel_sums-inl.h", "simd/bf16_unit_x86.cpp"}},
    {"cpuid.h", {"simd/bf16_unit_x86.cpp"}},
    // The emulated threads of a GPU are fibers.
    {"ucontext.h", {"train/cuda/cuda_emulation.cpp"}},
    {"sanitizer/", {"train/cuda/cuda_emulation.cpp"}},
    {"cuda_", {"train/cuda"}},
};

// Of the operating system, with a dot in their names; the C++ library's have none.
const Names kSystem = {"unistd.h", "fcntl.h",   "dlfcn.h", "link.h",      "malloc.h",
                       "poll.h",   "pthread.h", "sched.h", "sys/",        "netinet/",
                       "arpa/",    "netdb.h",   "linux/",  "semaphore.h", "termios.h"};

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool begins_with_any(std::string_view text, const Names& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return text.starts_with(beginning); });
}

// "a/b" is in "a", and "a/b.h" is in "a" and "a/b"; "a" is not in "a/b".
bool is_in(std::string_view path, std::string_view name) {
  return path.starts_with(name) &&
         (path.size() == name.size() || path[name.size()] == '/' || path[name.size()] == '.');
}

// The layer with the longest name that the path is in; none for other folders.
const Layer* find_layer(std::string_view path) {
  const Layer* found = nullptr;
  std::size_t longest = 0;
  for (const auto& layer : kLayers) {
    for (const auto& name : layer.names) {
      if (!is_in(path, name) || name.size() <= longest) continue;
      found = &layer;
      longest = name.size();
    }
  }
  return found;
}

// The folder that a layer is a room of, or the folder itself: "train" of "train/step".
std::string_view folder_of(const Layer& layer) {
  const std::string_view name = layer.names.front();
  return name.substr(0, name.find('/'));
}

bool may_include(const Layer& from, const Layer& to) {
  if (&from == &to || from.may_include == Names{kEverything}) return true;
  if (contains(from.may_include, to.names.front())) return true;
  // From outside, a folder is seen with its rooms.
  return folder_of(from) != folder_of(to) && contains(from.may_include, folder_of(to));
}

// "midi/pedal_test.cpp", and all files of the folders beside src/.
bool is_test(std::string_view file) {
  static const Names kFolders = {"bench", "tests", "fuzz", "wasm", "examples"};
  const auto stem = file.substr(0, file.rfind('.'));
  return stem.ends_with("_test") || stem.ends_with("_bench") ||
         contains(kFolders, file.substr(0, file.find('/')));
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

// A sentence about an include of a file that is not allowed; empty if it is.
std::string complaint(const std::string& file, const std::string& include) {
  const Layer* layer = find_layer(file);
  if (layer == nullptr) return file + ": its folder is not in the table of layers";

  const auto slash = include.find('/');
  const Layer* other = slash == std::string::npos ? nullptr : find_layer(include);
  if (other != nullptr) {
    // One test program serves all rooms of a folder.
    const bool is_free = is_test(file) && folder_of(*layer) == folder_of(*other);
    if (is_free || may_include(*layer, *other)) return "";
    return file + " includes " + include + ", but " + layer->names.front() + " may not include " +
           other->names.front();
  }
  if (is_test(file) || begins_with_any(include, kSystem)) return "";
  if (slash == std::string::npos && include.find('.') == std::string::npos) return "";
  for (const auto& library : kLibraries) {
    if (!include.starts_with(library.include)) continue;
    const auto is_at = [&](const std::string& at) { return is_in(file, at) || file == at; };
    if (library.at.empty() || std::any_of(library.at.begin(), library.at.end(), is_at)) return "";
    return file + " includes " + include + ", a library that " + layer->names.front() +
           " may not use";
  }
  return file + " includes " + include +
         ", a library that is not in the table of tests/layers_test.cpp";
}

const std::filesystem::path kRoot = PNO_SOURCE_DIR;
const std::filesystem::path kSource = kRoot / "src";

struct File {
  std::string name;  // as Layer names it
  Names includes;
};

// All sources, from src/ and the folders beside it.
const std::vector<File>& all_files() {
  static const std::vector<File> kFiles = [] {
    static const std::set<std::string> kEndings = {".h", ".cpp", ".cu", ".cuh", ".in"};
    std::vector<File> files;
    for (const auto* folder : {"src", "bench", "fuzz", "wasm", "tests", "examples"}) {
      const auto from = std::string_view(folder) == "src" ? kSource : kRoot;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
        if (kEndings.count(entry.path().extension().string()) == 0) continue;
        const auto name = std::filesystem::relative(entry.path(), from).string();
        if (name.find("node_modules") != name.npos) continue;
        files.push_back({name, includes(read(entry.path()))});
      }
    }
    return files;
  }();
  return kFiles;
}

// The layers that exist, in the table's order, by their first names.
Names expected_order() {
  Names result;
  for (const auto& layer : kLayers) {
    const bool exists = std::any_of(all_files().begin(), all_files().end(), [&](const File& file) {
      return find_layer(file.name) == &layer;
    });
    if (exists) result.push_back(layer.names.front());
  }
  return result;
}

TEST(Layers, EveryFileIncludesOnlyWhatItsLayerMay) {
  std::size_t looked_at = 0;
  for (const auto& file : all_files()) {
    for (const auto& include : file.includes) {
      ++looked_at;
      EXPECT_EQ(complaint(file.name, include), "");
    }
  }
  constexpr std::size_t kFewest = 2000;
  EXPECT_GT(looked_at, kFewest) << "the includes were not found";
}

TEST(Layers, ALayerIncludesOnlyWhatStandsAboveIt) {
  Names above;
  for (const auto& layer : kLayers) {
    for (const auto& name : layer.may_include) {
      if (name == kEverything) continue;
      EXPECT_TRUE(contains(above, name)) << layer.names.front() << " includes " << name;
    }
    for (const auto& name : layer.names) above.push_back(name);
  }
}

// Finds files that include each other in a circle, by Tarjan's algorithm (SIAM J. Comput. 1, 1972).
// A node is a stem: a header and its source are one.
class Circles {
 public:
  explicit Circles(const std::vector<File>& files) {
    for (const auto& file : files) {
      const auto from = stem(file.name);
      auto& targets = includes_[from];
      for (const auto& include : file.includes) {
        if (stem(include) != from) targets.insert(stem(include));
      }
    }
    for (const auto& [name, targets] : includes_) {
      if (states_.count(name) == 0) visit(name);
    }
  }
  const std::vector<Names>& found() const { return found_; }

 private:
  struct State {
    std::size_t index = 0, lowest = 0;
    bool on_stack = false;
  };
  static std::string stem(const std::string& file) { return file.substr(0, file.rfind('.')); }

  void visit(const std::string& name) {
    const std::size_t index = states_.size();
    states_[name] = {index, index, true};
    stack_.push_back(name);
    for (const auto& target : includes_[name]) {
      if (includes_.count(target) == 0) continue;
      if (states_.count(target) == 0) visit(target);
      if (states_[target].on_stack) {
        states_[name].lowest = std::min(states_[name].lowest, states_[target].lowest);
      }
    }
    if (states_[name].lowest != index) return;
    Names circle;
    do {
      circle.push_back(stack_.back());
      states_[stack_.back()].on_stack = false;
      stack_.pop_back();
    } while (circle.back() != name);
    if (circle.size() > 1) found_.push_back(circle);
  }

  std::map<std::string, std::set<std::string>> includes_;
  std::map<std::string, State> states_;
  Names stack_;
  std::vector<Names> found_;
};

TEST(Layers, NoFilesIncludeEachOtherInACircle) {
  const Circles circles(all_files());
  for (const auto& circle : circles.found()) {
    std::string text;
    for (const auto& name : circle) text += " " + name;
    ADD_FAILURE() << "these include each other in a circle:" << text;
  }
}

TEST(Layers, ACircleIsFoundThroughHeadersAndSources) {
  const std::vector<File> files = {{"a/x.h", {"a/types.h"}}, {"a/x.cpp", {"a/x.h", "a/y.h"}},
                                   {"a/y.h", {"a/z.h"}},     {"a/z.cpp", {"a/x.h"}},
                                   {"a/types.h", {}},        {"a/user.cpp", {"a/x.h"}}};
  const auto found = Circles(files).found();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found.front(), UnorderedElementsAre("a/x", "a/y", "a/z"));
}

TEST(Layers, CMakeBuildsTheFoldersInTheSameOrder) {
  static const std::regex kFolder(R"(add_subdirectory\((\w+)\))");
  const std::string text = read(kSource / "CMakeLists.txt");
  Names order;
  for (std::sregex_iterator match(text.begin(), text.end(), kFolder), end; match != end; ++match) {
    order.push_back((*match)[1]);
  }
  Names expected;
  for (const auto& layer : kLayers) {
    for (const auto& name : layer.names) {
      if (name.find('/') == name.npos && std::filesystem::is_directory(kSource / name)) {
        expected.push_back(name);
      }
    }
  }
  EXPECT_EQ(order, expected);
}

// Rows such as "| `sound/` `picture/` | base midi |".
TEST(Layers, TheReadmeHasTheSameTable) {
  static const std::regex kRow(R"(\|((?: *`[\w/.]+`)+) *\|([^|]*)\|)");
  static const std::regex kName(R"([\w/]*\w)");
  const auto names = [](std::string text) {
    text = std::regex_replace(text, std::regex(R"(\.h\b)"), "");
    return Names(std::sregex_token_iterator(text.begin(), text.end(), kName), {});
  };
  const std::string text = read(kSource / "README.md");
  Names order;
  for (std::sregex_iterator row(text.begin(), text.end(), kRow), end; row != end; ++row) {
    const auto told = names((*row)[1]);
    const Layer* layer = find_layer(told.front());
    ASSERT_NE(layer, nullptr) << told.front();
    order.push_back(told.front());
    EXPECT_EQ(told, layer->names);
    EXPECT_EQ(names((*row)[2]), layer->may_include) << told.front();
  }
  EXPECT_EQ(order, expected_order());
}

TEST(Layers, TheComplaintNamesTheFileAndTheInclude) {
  EXPECT_EQ(complaint("midi/smf_reader.cpp", "events/vocabulary.h"),
            "midi/smf_reader.cpp includes events/vocabulary.h, but midi may not include events");
  EXPECT_EQ(
      complaint("train/layers/dropout.cpp", "train/step/batch.h"),
      "train/layers/dropout.cpp includes train/step/batch.h, but train/layers may not include "
      "train/step");
  EXPECT_THAT(complaint("train/cuda/x.cuh", "train/trainer.h"), HasSubstr("may not include train"));
  EXPECT_THAT(complaint("train/config.h", "train/run/metrics.h"), HasSubstr("may not include"));
  EXPECT_THAT(complaint("infer/music/sampler.h", "infer/session.h"), HasSubstr("may not include"));
  EXPECT_THAT(complaint("fuzz/smf_fuzz.cpp", "cli/program.h"), HasSubstr("may not include cli"));
  EXPECT_THAT(complaint("infer/engine.cpp", "torch/torch.h"), HasSubstr("infer may not use"));
  EXPECT_THAT(complaint("base/file.h", "nlohmann/json.hpp"), HasSubstr("base may not use"));
  EXPECT_THAT(complaint("eval/likelihood.cpp", "CLI/CLI.hpp"), HasSubstr("eval may not use"));
  EXPECT_THAT(complaint("midi/fastest.cpp", "gtest/gtest.h"), HasSubstr("midi may not use"));
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
  EXPECT_THAT(complaint("train/run/metrics.cpp", "train/step/learner_state.h"), IsEmpty());
  EXPECT_THAT(complaint("train/layers/precision_test.cpp", "train/trainer.h"), IsEmpty());
  EXPECT_THAT(complaint("eval/likelihood.cpp", "infer/kernels/precision.h"), IsEmpty());
}

TEST(Layers, IncludesAreFoundHoweverTheyAreWritten) {
  EXPECT_THAT(includes("#include <a>\n  # include \"b/c.h\"  // why\nint x; // #include <d>\n"),
              ElementsAre("a", "b/c.h"));
}

}  // namespace
