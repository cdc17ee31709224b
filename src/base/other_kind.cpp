#include "base/other_kind.h"

#include <array>

#include "base/file.h"

namespace pno {
namespace {

// In the order of ContentKind.
constexpr std::array<std::string_view, kContentKinds> kNames = {
    "",
    "a MIDI file",
    "a model",
    "a dataset",
    "a safetensors file",
    "a text of events",
    "a zip archive",
    "a zip archive that seems cut short",
    "a gzip archive (.gz, .tar.gz)",
    "a bzip2 archive (.bz2, .tar.bz2)",
    "an xz archive (.xz, .tar.xz)",
    "a zstd archive (.zst, .tar.zst)",
    "a tar archive",
    "a 7-Zip archive",
    "a RAR archive",
    "a web page (HTML)",
    "a Git LFS pointer, not the file itself",
    "a MusicXML score",
    "a compressed MusicXML score (.mxl)",
    "a MuseScore score (.mscx)",
    "a MuseScore score (.mscz)",
    "a PyTorch checkpoint",
    "a spreadsheet",
    "a sound or video recording",
    "a SoundFont",
    "a picture",
    "a PDF",
};

std::string_view name_of(Wanted wanted) {
  switch (wanted) {
    case Wanted::midi:
      return "a MIDI file";
    case Wanted::model:
      return "a model";
    case Wanted::dataset:
      return "a dataset";
    case Wanted::events:
      return "a text of events";
    case Wanted::any:
      break;
  }
  return "";
}

bool fits(ContentKind kind, Wanted wanted) {
  switch (wanted) {
    case Wanted::midi:
      return kind == ContentKind::midi;
    case Wanted::model:
      return kind == ContentKind::model;
    case Wanted::dataset:
      return kind == ContentKind::dataset;
    case Wanted::events:
      return kind == ContentKind::events;
    case Wanted::any:
      break;
  }
  return kind == ContentKind::midi || kind == ContentKind::model || kind == ContentKind::dataset;
}

// Advice on where files of the wanted kind come from.
std::string_view source_of(Wanted wanted) {
  switch (wanted) {
    case Wanted::midi:
      return "choose a MIDI file";
    case Wanted::model:
      return "models are made by 'pno train'";
    case Wanted::dataset:
      return "datasets are made by 'pno prepare'";
    case Wanted::events:
      return "'pno tokens' writes such texts";
    case Wanted::any:
      break;
  }
  return "pno reads MIDI files, and the datasets and models that it makes";
}

std::string_view advice_for_midi(Wanted wanted) {
  switch (wanted) {
    case Wanted::model:
      return "'pno generate --prime' continues it";
    case Wanted::dataset:
      return "first: 'pno prepare'";
    case Wanted::events:
      return "'pno tokens' without --decode reads it";
    case Wanted::midi:
    case Wanted::any:
      break;
  }
  return "";
}

std::string_view advice(ContentKind kind, Wanted wanted) {
  switch (kind) {
    case ContentKind::midi:
      return advice_for_midi(wanted);
    case ContentKind::model:
      return wanted == Wanted::midi ? "'pno generate' makes music with it" : source_of(wanted);
    case ContentKind::events:
      return wanted == Wanted::model ? source_of(wanted) : "'pno tokens --decode' makes MIDI of it";
    case ContentKind::zip:
      if (wanted == Wanted::any) return "'pno prepare' takes the MIDI files in it";
      return wanted == Wanted::dataset ? "first: 'pno prepare'" : "unpack it first";
    case ContentKind::zip_cut_short:
      return "download it again";
    case ContentKind::gzip:
    case ContentKind::bzip2:
    case ContentKind::xz:
    case ContentKind::zstd:
    case ContentKind::tar:
    case ContentKind::seven_zip:
    case ContentKind::rar:
      return "unpack it first";
    case ContentKind::html:
      return "download the file itself, not the page about it";
    case ContentKind::git_lfs_pointer:
      return "fetch the file with 'git lfs pull'";
    case ContentKind::musicxml:
    case ContentKind::musicxml_zip:
      return "export it as MIDI from a notation program first";
    case ContentKind::musescore:
    case ContentKind::musescore_zip:
      return "export it as MIDI from MuseScore first";
    case ContentKind::spreadsheet:
      return "save it as CSV first";
    case ContentKind::recording:
      return "pno reads notes, not sound: transcribe it to MIDI first";
    case ContentKind::soundfont:
      return "'pno render --soundfont' takes it";
    case ContentKind::unknown:
    case ContentKind::dataset:
    case ContentKind::safetensors:
    case ContentKind::pytorch:
    case ContentKind::picture:
    case ContentKind::pdf:
      break;
  }
  return source_of(wanted);
}

std::string folder_clause(const std::filesystem::path& folder, Wanted wanted) {
  std::error_code ignored;
  switch (wanted) {
    case Wanted::dataset:
      return "is a folder, where a dataset was expected; first: 'pno prepare'";
    case Wanted::model:
      if (std::filesystem::exists(folder / "model.safetensors", ignored)) {
        return fmt::format("is a folder, where a model was expected; name {}",
                           (folder / "model.safetensors").string());
      }
      return "is a folder, where a model was expected; models are made by 'pno train'";
    case Wanted::midi:
    case Wanted::events:
      return fmt::format("is a folder, where {} was expected; name a file in it", name_of(wanted));
    case Wanted::any:
      break;
  }
  return "is a folder; name the files in it, or 'pno prepare' takes the MIDI files in it";
}

}  // namespace

std::string other_kind_clause(ContentKind kind, Wanted wanted) {
  if (kind == ContentKind::unknown || fits(kind, wanted)) return {};
  const bool is_any = wanted == Wanted::any;
  return fmt::format("is {}{}{}{}; {}", kNames.at(static_cast<std::size_t>(kind)),
                     is_any ? "" : ", where ", name_of(wanted), is_any ? "" : " was expected",
                     advice(kind, wanted));
}

Error explained(Error error, std::span<const std::byte> bytes, std::string_view name,
                Wanted wanted) {
  const auto kind = content_kind(bytes);
  // Of a damaged file of pno, the error says more than its kind would.
  const bool is_ours = kind == ContentKind::safetensors || kind == ContentKind::model ||
                       kind == ContentKind::dataset;
  if (is_ours && wanted != Wanted::midi) return error;
  const auto clause = other_kind_clause(kind, wanted);
  if (!clause.empty()) error.message = fmt::format("{}: {}", name, clause);
  return error;
}

Error explained(Error error, const std::filesystem::path& path, Wanted wanted) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    error.message = fmt::format("{}: {}", path.string(), folder_clause(path, wanted));
    return error;
  }
  const auto file = MappedFile::open(path);
  return file ? explained(std::move(error), file->bytes(), path.string(), wanted) : error;
}

}  // namespace pno
