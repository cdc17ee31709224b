#pragma once

// The bytes of the files that a corpus lies in: on disk, in a zip, or in a zip in a zip. A zip on
// disk is mapped; one in a zip is unpacked to memory, as long as it is read from.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "corpus/sources/zip_archive.h"

namespace pno::corpus {

inline constexpr int kOnDisk = -1;

// Where a file lies.
struct Location {
  std::string name;          // "asap.zip/Bach/a.mid"; on disk, the path to open
  int archive = kOnDisk;     // the zip it is in, a number of the ArchiveStore
  std::uint64_t member = 0;  // which of its entries
};

struct ReadLimits {
  UnpackLimits file;                               // a file, in a zip or not
  std::int64_t max_inner_zip_bytes = 128LL << 20;  // a zip in a zip, unpacked
};

// The bytes of a zip, and its directory; for all threads at once.
class OpenArchive {
 public:
  static Expected<std::shared_ptr<const OpenArchive>> of(MappedFile file);
  static Expected<std::shared_ptr<const OpenArchive>> of(std::vector<std::byte> memory);

  const ZipArchive& zip() const { return *zip_; }

  // As ZipArchive::read(). What was read of a mapped file is let go from time to time: it is the
  // system's to keep or to forget, but would count as memory of this program.
  Expected<void> read(std::uint64_t member, const UnpackLimits& limits,
                      std::vector<std::byte>& into) const;

 private:
  explicit OpenArchive(MappedFile file) : file_(std::move(file)) {}
  explicit OpenArchive(std::vector<std::byte> memory) : memory_(std::move(memory)) {}
  static Expected<std::shared_ptr<const OpenArchive>> open(std::shared_ptr<OpenArchive> archive);

  std::optional<MappedFile> file_;
  std::vector<std::byte> memory_;
  std::optional<ZipArchive> zip_;
  mutable std::atomic<std::uint64_t> read_bytes_ = 0;  // since pages were let go
};

// Every zip of a corpus by number. All threads share one store.
class ArchiveStore {
 public:
  explicit ArchiveStore(const ReadLimits& limits) : limits_(limits) {}

  const ReadLimits& limits() const { return limits_; }

  int add(Location location);

  // Opened at the first call, shared until the last holder lets go and another zip is opened: the
  // directory of the one zip that a corpus often is stays, once it was listed, to be read from.
  Expected<std::shared_ptr<const OpenArchive>> open(int archive);

  // Lets go of the latest.
  void close();

 private:
  Expected<std::shared_ptr<const OpenArchive>> load(const Location& location);

  ReadLimits limits_;
  std::recursive_mutex mutex_;  // a zip in a zip opens the outer one
  std::vector<Location> locations_;
  std::vector<std::weak_ptr<const OpenArchive>> opened_;
  std::shared_ptr<const OpenArchive> latest_;
};

// Reads files one after the other; each thread has its own. Errors are clauses without the name.
class FileReader {
 public:
  explicit FileReader(ArchiveStore& store) : store_(&store) {}

  // Valid until the next call.
  Expected<std::span<const std::byte>> read(const Location& location);

 private:
  Expected<std::span<const std::byte>> read_member(const Location& location);

  ArchiveStore* store_;
  std::optional<MappedFile> file_;
  std::vector<std::byte> unpacked_;
  // The zip that the last member was in, kept open for the next one.
  int archive_ = kOnDisk;
  std::shared_ptr<const OpenArchive> opened_;
};

}  // namespace pno::corpus
