#pragma once

// The MIDI files of a zip in memory, for tests and benchmarks on real music.

#include <zip.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pno::midi {

struct ZippedFile {
  std::string name;
  std::vector<std::byte> bytes;
};

// Empty if the zip cannot be opened.
inline std::vector<ZippedFile> midi_files_of_zip(const std::string& path) {
  std::vector<ZippedFile> files;
  const std::unique_ptr<zip_t, decltype(&zip_discard)> zip(
      zip_open(path.c_str(), ZIP_RDONLY, nullptr), zip_discard);
  if (zip == nullptr) return files;
  const zip_int64_t entries = zip_get_num_entries(zip.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t info{};
    if (zip_stat_index(zip.get(), index, 0, &info) != 0) continue;
    const std::string_view name(info.name);
    if (!name.ends_with(".mid") && !name.ends_with(".midi")) continue;
    ZippedFile file{info.name, std::vector<std::byte>(info.size)};
    const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> member(
        zip_fopen_index(zip.get(), index, 0), zip_fclose);
    if (member == nullptr) continue;
    if (zip_fread(member.get(), file.bytes.data(), info.size) !=
        static_cast<zip_int64_t>(info.size)) {
      continue;
    }
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace pno::midi
