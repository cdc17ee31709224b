#pragma once

// Files for the tests of this folder, made as they run: a folder of their own, small MIDI files,
// zips of every kind byte by byte.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "midi/performance.h"

namespace pno::corpus {

// A folder that is there as long as the object.
class TestFolder {
 public:
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  // Writes a file, and the folders that it lies in.
  std::filesystem::path write(std::string_view name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
};

std::string read_bytes(const std::filesystem::path& path);

// A tune that is the same for the same number and no other: `notes` notes, of different velocities,
// off any grid.
midi::Performance tune(std::uint64_t number, int notes = 20);

// That tune as a MIDI file.
std::string tune_midi(std::uint64_t number, int notes = 20);

struct ZipMember {
  std::string name, bytes;
  bool deflate = false;
  bool data_descriptor = false;  // sizes and checksum stand after the data
  bool zip64 = false;            // sizes stand in the extra field
  bool encrypted = false;        // only marked so
  bool damaged = false;          // its checksum is wrong
};

std::string zip_of(const std::vector<ZipMember>& members);

}  // namespace pno::corpus
