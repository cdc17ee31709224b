#include "base/content_kind.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace pno {
namespace {

using namespace std::string_view_literals;

ContentKind kind_of(std::string_view bytes) {
  return content_kind(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

// A zip with such names of members: headers without contents, which is all that is looked at.
std::string zip_with(const std::vector<std::string>& names) {
  std::string zip = "PK\3\4" + std::string(26, '\0') + names.front();
  for (const auto& name : names) zip += "PK\1\2" + std::string(42, '\0') + name;
  return zip + "PK\5\6" + std::string(18, '\0');
}

// A safetensors file without tensors.
std::string safetensors_of(std::string_view header) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + std::string(header);
}

TEST(ContentKind, KnowsMidi) {
  EXPECT_EQ(kind_of("MThd\0\0\0\6"sv), ContentKind::midi);
  EXPECT_EQ(kind_of("RIFF\x40\0\0\0RMIDdata"sv), ContentKind::midi);
}

TEST(ContentKind, KnowsArchives) {
  EXPECT_EQ(kind_of("\x1F\x8B\x08\0"sv), ContentKind::gzip);
  EXPECT_EQ(kind_of("BZh91AY"sv), ContentKind::bzip2);
  EXPECT_EQ(kind_of("\xFD\x37zXZ\0\0\4"sv), ContentKind::xz);
  EXPECT_EQ(kind_of("\x28\xB5\x2F\xFD\4"sv), ContentKind::zstd);
  EXPECT_EQ(kind_of("7z\xBC\xAF\x27\x1C\0\4"sv), ContentKind::seven_zip);
  EXPECT_EQ(kind_of("Rar!\x1A\x07\0"sv), ContentKind::rar);
  EXPECT_EQ(kind_of("Rar!\x1A\x07\1\0"sv), ContentKind::rar) << "RAR 5";
  EXPECT_EQ(kind_of("a.mid" + std::string(252, '\0') + "ustar\0"), ContentKind::tar);
  EXPECT_EQ(kind_of("a.mid" + std::string(252, '\0') + "ustar  "), ContentKind::tar) << "GNU";
}

TEST(ContentKind, KnowsWhatAZipHolds) {
  EXPECT_EQ(kind_of(zip_with({"m/a.mid"})), ContentKind::zip);
  EXPECT_EQ(kind_of("PK\5\6" + std::string(18, '\0')), ContentKind::zip) << "an empty one";
  EXPECT_EQ(kind_of(zip_with({"META-INF/container.xml", "score.xml"})), ContentKind::musicxml_zip);
  EXPECT_EQ(kind_of(zip_with({"META-INF/container.xml", "score.mscx"})),
            ContentKind::musescore_zip);
  EXPECT_EQ(kind_of(zip_with({"score_style.mss", "a.mscx"})), ContentKind::musescore_zip);
  EXPECT_EQ(kind_of(zip_with({"archive/data.pkl", "archive/data/0"})), ContentKind::pytorch);
  EXPECT_EQ(kind_of(zip_with({"[Content_Types].xml", "xl/workbook.xml"})),
            ContentKind::spreadsheet);
  EXPECT_EQ(kind_of(zip_with({"score.mscx", "score.mid"})), ContentKind::zip)
      << "with MIDI in it, it is a collection";
}

TEST(ContentKind, KnowsAZipWithoutItsEnd) {
  const auto zip = zip_with({"a.mid", "b.mid"});
  for (const std::size_t size :
       {std::size_t{4}, std::size_t{40}, zip.size() - 22, zip.size() - 1}) {
    EXPECT_EQ(kind_of(std::string_view(zip).substr(0, size)), ContentKind::zip_cut_short) << size;
  }
  EXPECT_EQ(kind_of(zip + "a comment"), ContentKind::zip);
}

TEST(ContentKind, KnowsDownloadsThatAreNotTheFile) {
  for (const auto page : {"<!DOCTYPE html>\n<html>"sv, "\r\n  <!doctype HTML PUBLIC"sv,
                          "\xEF\xBB\xBF<html lang=\"en\">"sv,
                          "<?xml version=\"1.0\"?>\n<!DOCTYPE html>\n<html xmlns=\"x\">"sv}) {
    EXPECT_EQ(kind_of(page), ContentKind::html) << page;
  }
  EXPECT_EQ(kind_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
            ContentKind::git_lfs_pointer);
}

TEST(ContentKind, KnowsScores) {
  EXPECT_EQ(
      kind_of("<?xml version=\"1.0\"?><!DOCTYPE score-partwise PUBLIC \"x\"><score-partwise>"),
      ContentKind::musicxml);
  EXPECT_EQ(kind_of("<score-timewise version=\"3.1\">"), ContentKind::musicxml);
  EXPECT_EQ(kind_of("<?xml version=\"1.0\"?>\n<museScore version=\"4.20\">"),
            ContentKind::musescore);
}

TEST(ContentKind, KnowsTheFilesOfPno) {
  EXPECT_EQ(kind_of(safetensors_of(R"({"__metadata__":{"format":"pno.model"}})")),
            ContentKind::model);
  EXPECT_EQ(kind_of(safetensors_of(R"({"__metadata__":{"format":"pno.notes"}})")),
            ContentKind::dataset);
  EXPECT_EQ(kind_of(safetensors_of(R"({"__metadata__":{"format":"pt"}})")),
            ContentKind::safetensors);
  EXPECT_EQ(kind_of(safetensors_of(R"({"__metadata__":{"format":"pno.model"}})").substr(0, 20)),
            ContentKind::safetensors)
      << "cut short";
  EXPECT_EQ(kind_of("BOS\nVELOCITY 15\n"), ContentKind::events);
  EXPECT_EQ(kind_of("\xEF\xBB\xBF"
                    "BOS\r\n"),
            ContentKind::events);
  EXPECT_EQ(kind_of("NOTE_ON 60\n"), ContentKind::events);
}

TEST(ContentKind, KnowsSoundAndPictures) {
  EXPECT_EQ(kind_of("RIFF\x40\0\0\0WAVEfmt "sv), ContentKind::recording);
  EXPECT_EQ(kind_of("fLaC\0"sv), ContentKind::recording);
  EXPECT_EQ(kind_of("ID3\3\0"sv), ContentKind::recording);
  EXPECT_EQ(kind_of("\0\0\0\x20"
                    "ftypM4A "sv),
            ContentKind::recording);
  EXPECT_EQ(kind_of("RIFF\x40\0\0\0sfbkLIST"sv), ContentKind::soundfont);
  EXPECT_EQ(kind_of("\x89PNG\r\n"), ContentKind::picture);
  EXPECT_EQ(kind_of("%PDF-1.7\n"), ContentKind::pdf);
}

TEST(ContentKind, LeavesTheRestUnknown) {
  for (const auto bytes : {""sv, "M"sv, "Dear diary"sv, "RIFF"sv, "velocity is speed"sv, "<svg>"sv,
                           "\0\0\0\0\0\0\0\0"sv, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{"sv}) {
    EXPECT_EQ(kind_of(bytes), ContentKind::unknown) << bytes;
  }
}

}  // namespace
}  // namespace pno
