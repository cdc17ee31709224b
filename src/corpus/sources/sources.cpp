#include "corpus/sources/sources.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/interrupt.h"
#include "base/other_kind.h"
#include "base/printable_text.h"
#include "corpus/sources/file_kind.h"
#include "corpus/sources/folder_notes.h"
#include "corpus/sources/table_above.h"

namespace pno::corpus {
namespace {

// One file or folder on disk, under whatever name: its device and inode.
using Identity = std::pair<dev_t, ino_t>;

Identity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

class Finder {
 public:
  explicit Finder(ArchiveStore& archives) : archives_(archives), reader_(archives) {}

  Expected<void> add_source(const std::string& path, int place);
  Sources finish() &&;

 private:
  void add_named_file(const std::string& path, const struct stat& status);
  void walk(std::string top);
  void add_entry(std::string name, std::vector<std::string>& folders);
  void add_zip(Location location);
  void add_member(int archive, std::uint64_t member, std::string name, bool is_inner);
  void add_midi(Location location, Identity identity = {});
  int add_note(const Location& location, FileKind kind);
  void add_packed(const Location& location);
  void add_files_of_table(int table);
  void remark(std::string name, std::string reason) {
    sources_.remarks.push_back({std::move(name), std::move(reason)});
  }

  void drop_doubles();
  void enter_corpus(const std::string& path);

  ArchiveStore& archives_;
  FileReader reader_;
  Sources sources_;
  FolderNotes notes_{sources_};
  int source_ = 0;                  // that files are found in now
  std::vector<std::string> named_;  // sources on disk, in the order of their names
  std::set<Identity> folders_seen_, zips_seen_;
  int corpus_ = kNone;  // that files found now belong to
  std::map<std::string, int> corpus_numbers_;
  std::vector<Identity> identities_;  // of sources_.files; zero for a member of a zip
};

Expected<void> Finder::add_source(const std::string& path, int place) {
  source_ = place;
  struct stat status {};
  if (::stat(path.empty() ? "." : path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return fail("{}: no such file or folder; check the spelling of the path", path);
    }
    return fail("{}: cannot be read: {}", path, describe_errno(errno));
  }
  named_.push_back(path);
  if (S_ISDIR(status.st_mode)) {
    enter_corpus(path);
    if (folders_seen_.insert(identity_of(status)).second) walk(path);
  } else if (S_ISREG(status.st_mode)) {
    add_named_file(path, status);
  } else {
    return fail("{}: is not a regular file; copy its content to one first", path);
  }
  return {};
}

void Finder::add_named_file(const std::string& path, const struct stat& status) {
  Location location{path};
  const FileKind kind = file_kind(path);
  const auto file = MappedFile::open(path);
  const auto content = file ? content_kind(file->bytes()) : ContentKind::unknown;
  if (kind == FileKind::zip || content == ContentKind::zip ||
      content == ContentKind::zip_cut_short) {
    if (zips_seen_.insert(identity_of(status)).second) add_zip(std::move(location));
    return;
  }
  enter_corpus(std::string(folder_of(path)));
  const bool is_table = kind == FileKind::csv || kind == FileKind::json;
  const int table = is_table || kind == FileKind::text ? add_note(location, kind) : kNone;
  if (table != kNone) return add_files_of_table(table);
  if (is_table && file && content == ContentKind::unknown) {
    return remark(path, "is not a table of MAESTRO: it has no column midi_filename");
  }
  add_midi(std::move(location), identity_of(status));
}

void Finder::add_files_of_table(int table) {
  for (auto& name : notes_.files_of_table(table)) {
    struct stat status {};
    if (::stat(name.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      add_midi({std::move(name)}, identity_of(status));
    }
  }
}

// Depth first, the names of each folder in order: which of two links to a folder comes first
// depends on their names alone.
void Finder::walk(std::string top) {
  std::vector<std::string> folders = {std::move(top)};
  while (!folders.empty() && !interrupted()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::error_code error;
    std::vector<std::string> leaves;
    std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      leaves.push_back(entry->path().filename().string());
    }
    if (error) remark(folder, fmt::format("cannot be read: {}", error.message()));
    std::sort(leaves.begin(), leaves.end());
    std::vector<std::string> inner;
    for (const auto& leaf : leaves) add_entry(join_name(folder, leaf), inner);
    std::move(inner.rbegin(), inner.rend(), std::back_inserter(folders));
  }
}

void Finder::add_entry(std::string name, std::vector<std::string>& folders) {
  struct stat status {};
  const FileKind kind = file_kind(name);
  if (::stat(name.c_str(), &status) != 0) {
    const int code = errno;
    const bool is_wanted = kind == FileKind::midi || kind == FileKind::zip;
    if (is_wanted && code == ENOENT) {
      remark(std::move(name), "is a symbolic link to a file that is not there");
    } else if (is_wanted) {
      remark(std::move(name), fmt::format("cannot be read: {}", describe_errno(code)));
    }
    return;
  }
  if (S_ISDIR(status.st_mode)) {
    if (folders_seen_.insert(identity_of(status)).second) folders.push_back(std::move(name));
    return;
  }
  if (!S_ISREG(status.st_mode)) return;
  Location location{std::move(name)};
  switch (kind) {
    case FileKind::midi:
      add_midi(std::move(location), identity_of(status));
      break;
    case FileKind::zip:
      if (zips_seen_.insert(identity_of(status)).second) add_zip(std::move(location));
      break;
    case FileKind::csv:
    case FileKind::json:
    case FileKind::text:
    case FileKind::licence:
      add_note(location, kind);
      break;
    case FileKind::packed:
      add_packed(location);
      break;
    case FileKind::other:
      break;
  }
}

// A zip is a corpus of its own, but a zip in it belongs to it.
void Finder::add_zip(Location location) {
  const bool is_inner = location.archive != kOnDisk;
  const std::string name = location.name;
  const int corpus_around = corpus_;
  if (!is_inner) enter_corpus(name);
  const int archive = archives_.add(std::move(location));
  const auto opened = archives_.open(archive);
  if (!opened) {
    corpus_ = corpus_around;
    return remark(name, opened.error().message);
  }
  const ZipArchive& zip = (*opened)->zip();
  if (zip.is_cut_short()) {
    remark(name, fmt::format("seems cut short, and only its first {} files are read; download it "
                             "again",
                             zip.entries()));
  }
  for (std::uint64_t i = 0; i < zip.entries() && !interrupted(); ++i) {
    const auto entry = zip.entry(i);
    if (!entry) {
      remark(name, entry.error().message);
    } else if (!entry->is_folder()) {
      add_member(archive, i, join_name(name, normal_name(entry->name)), is_inner);
    }
  }
  corpus_ = corpus_around;
}

// "maestro-v3.0.0" of "data/maestro-v3.0.0.zip".
void Finder::enter_corpus(const std::string& path) {
  const auto absolute = std::filesystem::absolute(path.empty() ? "." : path).lexically_normal();
  auto leaf = absolute.has_filename() ? absolute.filename() : absolute.parent_path().filename();
  if (file_kind(path) == FileKind::zip) leaf = leaf.stem();
  const auto next = static_cast<int>(sources_.corpora.size());
  const auto [known, is_new] = corpus_numbers_.emplace(printable_text(leaf.string()), next);
  if (is_new) sources_.corpora.push_back(known->first);
  corpus_ = known->second;
}

void Finder::add_member(int archive, std::uint64_t member, std::string name, bool is_inner) {
  const FileKind kind = file_kind(name);
  Location location{std::move(name), archive, member};
  switch (kind) {
    case FileKind::midi:
      add_midi(std::move(location));
      break;
    case FileKind::zip:
      if (is_inner) {
        remark(location.name, "is a zip in a zip in a zip; unpack the outermost one");
      } else {
        add_zip(std::move(location));
      }
      break;
    case FileKind::csv:
    case FileKind::json:
    case FileKind::text:
    case FileKind::licence:
      add_note(location, kind);
      break;
    case FileKind::packed:
      add_packed(location);
      break;
    case FileKind::other:
      break;
  }
}

void Finder::add_midi(Location location, Identity identity) {
  sources_.files.push_back({.location = std::move(location), .source = source_, .corpus = corpus_});
  identities_.push_back(identity);
}

// Reads a table or a licence, if it can be read. Returns the number of the table, or kNone.
int Finder::add_note(const Location& location, FileKind kind) {
  const auto bytes = reader_.read(location);
  if (!bytes) {
    remark(location.name, bytes.error().message);
    return kNone;
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (kind != FileKind::licence) return notes_.add_table(location.name, kind, text);
  notes_.add_licence(location.name, text);
  return kNone;
}

// An archive that is not read is not passed over in silence: the music may be in it.
void Finder::add_packed(const Location& location) {
  const auto bytes = reader_.read(location);
  const auto kind = bytes ? content_kind(*bytes) : ContentKind::unknown;
  const auto clause = other_kind_clause(kind, Wanted::any);
  if (!clause.empty()) remark(location.name, clause);
}

// A file that is reached by two names, by links or by overlapping sources, is read once, under
// the name that sorts first.
void Finder::drop_doubles() {
  auto& files = sources_.files;
  std::vector<std::size_t> order(files.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      return std::tie(identities_[i], files[i].location.name, files[i].location.member);
    };
    return key(a) < key(b);
  });
  std::vector<bool> is_double(files.size());
  std::size_t first = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    const bool is_same =
        identities_[order[i]] != Identity{} && identities_[order[i]] == identities_[order[first]];
    if (!is_same) {
      first = i;
      continue;
    }
    is_double[order[i]] = true;
    const auto& name = files[order[first]].location.name;
    const auto& other = files[order[i]].location.name;
    if (other != name) remark(other, fmt::format("is the same file as {}", name));
  }
  std::vector<SourceFile> kept;
  kept.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!is_double[i]) kept.push_back(std::move(files[i]));
  }
  std::sort(kept.begin(), kept.end(), [](const SourceFile& a, const SourceFile& b) {
    return std::tie(a.location.name, a.location.member) <
           std::tie(b.location.name, b.location.member);
  });
  files = std::move(kept);
}

Sources Finder::finish() && {
  drop_doubles();
  notes_.attach();
  look_above(named_, sources_);
  return std::move(sources_);
}

}  // namespace

Expected<Sources> find_sources(const std::vector<std::filesystem::path>& paths,
                               ArchiveStore& archives) {
  std::vector<std::pair<std::string, int>> names;  // with their places as they were named
  names.reserve(paths.size());
  for (const auto& path : paths) {
    names.emplace_back(normal_name(path.string()), static_cast<int>(names.size()));
  }
  std::sort(names.begin(), names.end());
  Finder finder(archives);
  for (const auto& [name, place] : names) {
    PNO_TRY_VOID(finder.add_source(name, place));
    if (interrupted()) return fail_interrupted("interrupted while looking for MIDI files");
  }
  return std::move(finder).finish();
}

}  // namespace pno::corpus
