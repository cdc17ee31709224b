// midi_oracle_dump ZIP COUNT FOLDER
// Copies COUNT files, spread evenly, from a zip of MIDI files to FOLDER, and writes beside each a
// .json of the notes that pno reads: [[start_us, length_us, key_length_us, pitch, velocity], …].

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "midi/midi_zip.h"
#include "midi/smf_reader.h"

namespace {

std::string notes_json(const pno::midi::Performance& performance) {
  std::string json = "[";
  for (const auto& note : performance.notes) {
    json += fmt::format("{}[{},{},{},{},{}]", json.size() > 1 ? ",\n" : "", note.start_us,
                        note.length_us, note.key_length_us, note.pitch, note.velocity);
  }
  return json + "]\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: midi_oracle_dump ZIP COUNT FOLDER\n");
    return 2;
  }
  const auto files = pno::midi::midi_files_of_zip(argv[1]);
  const auto count = static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10));
  const std::filesystem::path folder = argv[3];
  if (files.size() < count) {
    fmt::print(stderr, "{}: fewer than {} MIDI files\n", argv[1], count);
    return 1;
  }
  const std::string stem = std::filesystem::path(argv[1]).stem().string();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [name, bytes] = files[i * files.size() / count];
    const auto file = pno::midi::read_smf(bytes);
    if (!file) {
      fmt::print(stderr, "{} {}\n", name, file.error().message);
      return 1;
    }
    const auto path = folder / fmt::format("{}-{}", stem, i);
    std::ofstream(path.string() + ".mid", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    std::ofstream(path.string() + ".json") << notes_json(file->performance);
    std::ofstream(path.string() + ".name") << name;
  }
}
