// Runs a fuzz target without a fuzzing engine on every file of the given folders, complete and
// truncated at a hundred lengths, so that every build tests what fuzzing has found.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kCuts = 100;

// Each truncation is a separate copy, so that a sanitizer detects a read past the end.
void run_cut(std::span<const std::byte> bytes, std::size_t size) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const std::vector<std::uint8_t> cut(first, first + size);
  LLVMFuzzerTestOneInput(cut.data(), cut.size());
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (!entry.is_regular_file()) continue;
      const auto file = pno::MappedFile::open(entry.path());
      PNO_CHECK(file.has_value(), "a seed that cannot be read");
      const auto bytes = file->bytes();
      const std::size_t step = std::max<std::size_t>(bytes.size() / kCuts, 1);
      for (std::size_t size = 0; size < bytes.size(); size += step) run_cut(bytes, size);
      run_cut(bytes, bytes.size());
      ++files;
    }
  }
  PNO_CHECK(files > 0, "no seeds in the named folders");
  std::printf("%zu files, whole and cut\n", files);
}
