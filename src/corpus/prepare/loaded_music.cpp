#include "corpus/prepare/loaded_music.h"

#include "base/content_kind.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "corpus/dataset.h"
#include "corpus/parts.h"
#include "corpus/prepare/file_intake.h"
#include "corpus/sources/sources.h"

namespace pno::corpus {
namespace {

namespace fs = std::filesystem;

bool is_dataset(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) return false;
  const auto file = MappedFile::open(path);
  return file && content_kind(file->bytes()) == ContentKind::dataset;
}

Expected<void> add_dataset(const fs::path& path, LoadedMusic& music) {
  PNO_TRY(const auto dataset, Dataset::open(path));
  for (std::size_t piece = 0; piece < dataset.pieces(); ++piece) {
    music.pieces.push_back({.info = dataset.info(piece), .notes = dataset.music(piece)});
  }
  return {};
}

Expected<void> add_files(const std::vector<fs::path>& paths, const midi::ReadOptions& read,
                         LoadedMusic& music) {
  PrepareOptions options;
  options.read = read;
  ArchiveStore archives(options.limits);
  PNO_TRY(const Sources sources, find_sources(paths, archives));
  FileIntake intake(archives, options);
  for (const auto& file : sources.files) {
    if (interrupted()) return fail_interrupted("interrupted while reading the music");
    auto taken = intake.take_in(file.location);
    if (taken.notes.empty()) {
      music.skipped.push_back({.file = file.location.name, .reason = std::move(taken.reason)});
      continue;
    }
    auto& piece = music.pieces.emplace_back();
    piece.info.source = file.location.name;
    piece.info.hash = std::move(taken.hash);
    piece.notes = taken.parts.empty() ? std::move(taken.notes) : merge_parts(taken.notes);
  }
  return {};
}

}  // namespace

Expected<LoadedMusic> load_music(const std::vector<fs::path>& sources,
                                 const midi::ReadOptions& options) {
  LoadedMusic music;
  std::vector<fs::path> files, datasets;
  for (const auto& path : sources) (is_dataset(path) ? datasets : files).push_back(path);
  if (!files.empty()) PNO_TRY_VOID(add_files(files, options, music));
  for (const auto& path : datasets) PNO_TRY_VOID(add_dataset(path, music));
  if (!music.pieces.empty()) return music;
  if (music.skipped.empty()) {
    return fail("{}: has no music; name MIDI files, folders, zips or datasets with music in them",
                sources.empty() ? std::string("the list of sources") : sources.front().string());
  }
  const auto& first = music.skipped.front();
  return fail("none of {} files can be used; the first, {}, {}", music.skipped.size(), first.file,
              first.reason);
}

}  // namespace pno::corpus
