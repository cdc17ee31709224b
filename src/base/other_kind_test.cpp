#include "base/other_kind.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace pno {
namespace {

TEST(OtherKind, SaysWhatTheFileIsAndWhatToDo) {
  EXPECT_EQ(other_kind_clause(ContentKind::tar, Wanted::midi),
            "is a tar archive, where a MIDI file was expected; unpack it first");
  EXPECT_EQ(other_kind_clause(ContentKind::zip_cut_short, Wanted::any),
            "is a zip archive that seems cut short; download it again");
  EXPECT_EQ(other_kind_clause(ContentKind::midi, Wanted::model),
            "is a MIDI file, where a model was expected; 'pno generate --prime' continues it");
  EXPECT_EQ(other_kind_clause(ContentKind::midi, Wanted::dataset),
            "is a MIDI file, where a dataset was expected; first: 'pno prepare'");
  EXPECT_EQ(other_kind_clause(ContentKind::model, Wanted::dataset),
            "is a model, where a dataset was expected; datasets are made by 'pno prepare'");
}

TEST(OtherKind, SaysNothingOfTheWantedKindNorOfAnUnknownOne) {
  EXPECT_EQ(other_kind_clause(ContentKind::midi, Wanted::midi), "");
  EXPECT_EQ(other_kind_clause(ContentKind::model, Wanted::any), "");
  EXPECT_EQ(other_kind_clause(ContentKind::unknown, Wanted::dataset), "");
}

TEST(OtherKind, HasAClauseWithAdviceForEachPair) {
  for (std::size_t kind = 1; kind < kContentKinds; ++kind) {
    for (const auto wanted :
         {Wanted::midi, Wanted::model, Wanted::dataset, Wanted::events, Wanted::any}) {
      const auto clause = other_kind_clause(static_cast<ContentKind>(kind), wanted);
      if (clause.empty()) continue;
      EXPECT_EQ(clause.find("is a"), 0U) << clause;
      EXPECT_NE(clause.find("; "), std::string::npos) << clause;
      EXPECT_FALSE(clause.ends_with("; ")) << clause;
    }
  }
}

TEST(OtherKind, KeepsTheErrorOfAFileThatItDoesNotKnow) {
  const std::string text = "Dear diary";
  const auto bytes = std::as_bytes(std::span(text));
  const Error error{"a.mid: not a MIDI file"};
  EXPECT_EQ(explained(error, bytes, "a.mid", Wanted::midi).message, error.message);
  EXPECT_EQ(explained(error, "/nowhere/a.mid", Wanted::midi).message, error.message);
}

TEST(OtherKind, KeepsTheErrorOfADamagedFileOfPno) {
  const std::string text = std::string("\x40\0\0\0\0\0\0\0", 8) + "{\"a\": ";
  const auto bytes = std::as_bytes(std::span(text));
  const Error error{"m: was cut short"};
  EXPECT_EQ(explained(error, bytes, "m", Wanted::model).message, error.message);
  EXPECT_EQ(explained(error, bytes, "m", Wanted::dataset).message, error.message);
  EXPECT_EQ(explained(error, bytes, "m", Wanted::midi).message,
            "m: is a safetensors file, where a MIDI file was expected; choose a MIDI file");
}

TEST(OtherKind, ExplainsAFileAndAFolder) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("pno-other-kind-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  ASSERT_TRUE(replace_file(folder / "a", std::string_view("%PDF-1.7")));
  const Error error{"cannot be read"};
  EXPECT_EQ(
      explained(error, folder / "a", Wanted::midi).message,
      (folder / "a").string() + ": is a PDF, where a MIDI file was expected; choose a MIDI file");
  EXPECT_EQ(explained(error, folder, Wanted::dataset).message,
            folder.string() + ": is a folder, where a dataset was expected; first: 'pno prepare'");
  EXPECT_EQ(explained(error, folder, Wanted::model).message,
            folder.string() +
                ": is a folder, where a model was expected; models are made by 'pno train'");
  ASSERT_TRUE(replace_file(folder / "model.safetensors", std::string_view("x")));
  EXPECT_EQ(explained(error, folder, Wanted::model).message,
            folder.string() + ": is a folder, where a model was expected; name " +
                (folder / "model.safetensors").string());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace pno
