// Every file of this folder is read as its expected.json says, and is the one that defects.cpp
// makes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "defects.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

const std::filesystem::path kCorpus = std::filesystem::path(PNO_SOURCE_DIR) / "tests/midi_corpus";

// "mended/stray_note_off" and so on, as they lie on the disk.
Names folders() {
  Names names;
  for (const std::string kind : {"invalid", "mended", "valid"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kCorpus / kind)) {
      names.push_back(kind + "/" + entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

FileBytes file_of(const std::string& folder) {
  std::ifstream file(kCorpus / folder / "file.mid", std::ios::binary);
  EXPECT_TRUE(file) << folder;
  FileBytes bytes;
  for (char byte = 0; file.get(byte);) bytes.push_back(static_cast<std::byte>(byte));
  return bytes;
}

// "pitch@start+length" in milliseconds.
Names notes_of(const Performance& performance) {
  Names notes;
  for (const Note& note : performance.notes) {
    notes.push_back(fmt::format("{}@{}+{}", note.pitch, static_cast<double>(note.start_us) / 1000,
                                static_cast<double>(note.length_us) / 1000));
  }
  return notes;
}

// The result of reading it, as expected.json has it.
Json outcome(const FileBytes& bytes) {
  const auto file = read_smf(bytes);
  if (!file) return {{"error", file.error().message}};
  return {{"notes", notes_of(file->performance)}, {"oddities", file->oddities.text()}};
}

class MidiCorpus : public testing::TestWithParam<std::string> {};

TEST_P(MidiCorpus, IsReadAsExpected) {
  const auto& folder = GetParam();
  const auto note = read_text(kCorpus / folder / "note.txt");
  const auto expected = read_text(kCorpus / folder / "expected.json");
  ASSERT_TRUE(note && expected) << folder;
  EXPECT_GT(note->size(), 10U) << "a note says what is wrong";
  const Json found = outcome(file_of(folder));
  EXPECT_EQ(found, Json::parse(*expected)) << *note;

  const std::string kind = found.contains("error")   ? "invalid"
                           : found["oddities"] != "" ? "mended"
                                                     : "valid";
  EXPECT_EQ(folder.substr(0, folder.find('/')), kind) << *note;
}

INSTANTIATE_TEST_SUITE_P(Folder, MidiCorpus, testing::ValuesIn(folders()), [](const auto& each) {
  std::string name = each.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

// With PNO_WRITE_MIDI_CORPUS set, the files are written first, for a defect that is new: then look
// at what was made of it, and add note.txt.
TEST(MidiCorpusFiles, AreThoseThatTheTableMakes) {
  Names table;
  for (const Defect& defect : defects()) {
    table.push_back(defect.folder);
    const auto folder = kCorpus / defect.folder;
    if (std::getenv("PNO_WRITE_MIDI_CORPUS") != nullptr) {
      std::filesystem::create_directories(folder);
      ASSERT_TRUE(replace_file(folder / "file.mid", std::span(defect.bytes)));
      ASSERT_TRUE(replace_file(folder / "expected.json", outcome(defect.bytes).dump(1) + "\n"));
    }
    EXPECT_EQ(file_of(defect.folder), defect.bytes) << defect.folder;
  }
  std::sort(table.begin(), table.end());
  EXPECT_EQ(table, folders());
}

}  // namespace
}  // namespace pno::midi
