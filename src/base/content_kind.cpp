#include "base/content_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/ascii.h"
#include "base/safetensors.h"

namespace pno {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeadBytes = 1024;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  ContentKind kind;
};

constexpr std::array kMagics = {
    Magic{0, "MThd"sv, ContentKind::midi},
    Magic{0, "\x1F\x8B"sv, ContentKind::gzip},
    Magic{0, "BZh"sv, ContentKind::bzip2},
    Magic{0, "\xFD\x37zXZ\0"sv, ContentKind::xz},
    Magic{0, "\x28\xB5\x2F\xFD"sv, ContentKind::zstd},
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, ContentKind::seven_zip},
    Magic{0, "Rar!\x1A\x07"sv, ContentKind::rar},
    Magic{257, "ustar"sv, ContentKind::tar},
    Magic{0, "version https://git-lfs"sv, ContentKind::git_lfs_pointer},
    Magic{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, ContentKind::spreadsheet},
    Magic{0, "fLaC"sv, ContentKind::recording},
    Magic{0, "OggS"sv, ContentKind::recording},
    Magic{0, "ID3"sv, ContentKind::recording},
    Magic{4, "ftyp"sv, ContentKind::recording},
    Magic{8, "AIFF"sv, ContentKind::recording},
    Magic{0, "\x89PNG"sv, ContentKind::picture},
    Magic{0, "\xFF\xD8\xFF"sv, ContentKind::picture},
    Magic{0, "GIF8"sv, ContentKind::picture},
    Magic{0, "%PDF-"sv, ContentKind::pdf},
};

ContentKind kind_of_riff(std::string_view text) {
  const auto form = text.substr(std::min(text.size(), std::size_t{8}), 4);
  if (form == "WAVE") return ContentKind::recording;
  if (form == "sfbk") return ContentKind::soundfont;
  return form == "RMID" ? ContentKind::midi : ContentKind::unknown;
}

// A zip is known by the names of its members: in its first header, and in the directory at its end.
ContentKind kind_of_zip(std::string_view text) {
  constexpr std::size_t kEndBytes = 22, kLongestComment = 65535, kDirectoryBytes = 1 << 16;
  const auto end = text.substr(text.size() - std::min(text.size(), kEndBytes + kLongestComment));
  const auto record = end.rfind("PK\5\6"sv);
  if (record == std::string_view::npos || end.size() - record < kEndBytes) {
    return ContentKind::zip_cut_short;
  }
  const auto head = text.substr(0, kHeadBytes);
  const auto tail = text.substr(text.size() - std::min(text.size(), kDirectoryBytes));
  const auto names = [&](std::string_view name) {
    return head.find(name) != std::string_view::npos || tail.find(name) != std::string_view::npos;
  };
  if (names(".mid")) return ContentKind::zip;
  if (names(".mscx")) return ContentKind::musescore_zip;
  if (names("/data.pkl")) return ContentKind::pytorch;
  if (names("xl/workbook.xml") || names("opendocument.spreadsheet")) {
    return ContentKind::spreadsheet;
  }
  const bool is_musicxml = names("vnd.recordare.musicxml") ||
                           (names("META-INF/container.xml") && !names("application/epub+zip"));
  return is_musicxml ? ContentKind::musicxml_zip : ContentKind::zip;
}

// A header length, then a JSON object; of a file that was cut short, too.
bool begins_like_safetensors(std::string_view text) {
  std::uint64_t header_bytes = 0;
  if (text.size() <= sizeof(header_bytes)) return false;
  std::memcpy(&header_bytes, text.data(), sizeof(header_bytes));
  const auto header = text.substr(sizeof(header_bytes));
  return header.starts_with("{\"") || (header.starts_with('{') && header_bytes <= header.size());
}

ContentKind kind_of_safetensors(std::span<const std::byte> bytes) {
  const auto file = SafetensorsFile::parse(bytes, "");
  if (!file) return ContentKind::safetensors;
  const auto format = file->metadata().find("format");
  if (format == file->metadata().end()) return ContentKind::safetensors;
  if (format->second == "pno.model") return ContentKind::model;
  return format->second == "pno.notes" ? ContentKind::dataset : ContentKind::safetensors;
}

// The first KiB without a byte order mark and blanks before it, in lower case.
std::string head_of_text(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return lower_case(std::string(text.substr(0, kHeadBytes)));
}

ContentKind kind_of_text(std::string_view text) {
  const std::string head = head_of_text(text);
  if (head.starts_with("<!doctype html") || head.starts_with("<html")) return ContentKind::html;
  if (head.starts_with("<")) {
    for (const auto mark : {"<score-partwise"sv, "<score-timewise"sv}) {
      if (head.find(mark) != std::string::npos) return ContentKind::musicxml;
    }
    if (head.find("<musescore") != std::string::npos) return ContentKind::musescore;
    const bool is_page = head.starts_with("<?xml") && head.find("<html") != std::string::npos;
    return is_page ? ContentKind::html : ContentKind::unknown;
  }
  if (head.starts_with("bos\n") || head.starts_with("bos\r")) return ContentKind::events;
  for (const auto mark : {"velocity "sv, "note_on "sv, "time_shift "sv}) {
    const bool has_value =
        head.size() > mark.size() && head[mark.size()] >= '0' && head[mark.size()] <= '9';
    if (head.starts_with(mark) && has_value) return ContentKind::events;
  }
  return ContentKind::unknown;
}

}  // namespace

ContentKind content_kind(std::span<const std::byte> bytes) {
  const auto text = text_of(bytes);
  for (const auto& magic : kMagics) {
    if (text.size() > magic.offset && text.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.kind;
    }
  }
  if (text.starts_with("RIFF")) return kind_of_riff(text);
  if (text.starts_with("PK\3\4") || text.starts_with("PK\5\6")) return kind_of_zip(text);
  if (begins_like_safetensors(text)) return kind_of_safetensors(bytes);
  return kind_of_text(text);
}

}  // namespace pno
