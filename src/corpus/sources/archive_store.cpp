#include "corpus/sources/archive_store.h"

namespace pno::corpus {

Expected<std::shared_ptr<const OpenArchive>> OpenArchive::open(
    std::shared_ptr<OpenArchive> archive) {
  const auto bytes =
      archive->file_ ? archive->file_->bytes() : std::span(std::as_const(archive->memory_));
  PNO_TRY(archive->zip_, ZipArchive::open(bytes));
  return archive;
}

Expected<std::shared_ptr<const OpenArchive>> OpenArchive::of(MappedFile file) {
  return open(std::shared_ptr<OpenArchive>(new OpenArchive(std::move(file))));
}

Expected<std::shared_ptr<const OpenArchive>> OpenArchive::of(std::vector<std::byte> memory) {
  return open(std::shared_ptr<OpenArchive>(new OpenArchive(std::move(memory))));
}

Expected<void> OpenArchive::read(std::uint64_t member, const UnpackLimits& limits,
                                 std::vector<std::byte>& into) const {
  // The system maps up to 64 KiB around what is read.
  constexpr std::uint64_t kLetGoBytes = 32 << 20, kAroundBytes = 64 << 10;
  PNO_TRY_VOID(zip_->read(member, limits, into));
  if (file_ && read_bytes_.fetch_add(into.size() + kAroundBytes) > kLetGoBytes) {
    read_bytes_ = 0;
    file_->drop_pages();
  }
  return {};
}

int ArchiveStore::add(Location location) {
  const std::lock_guard lock(mutex_);
  locations_.push_back(std::move(location));
  opened_.emplace_back();
  return static_cast<int>(locations_.size()) - 1;
}

Expected<std::shared_ptr<const OpenArchive>> ArchiveStore::open(int archive) {
  const std::lock_guard lock(mutex_);
  const auto number = static_cast<std::size_t>(archive);
  PNO_CHECK(number < locations_.size(), "an archive that was not added");
  if (auto opened = opened_[number].lock()) return opened;
  PNO_TRY(auto loaded, load(locations_[number]));
  opened_[number] = loaded;
  latest_ = loaded;
  return loaded;
}

void ArchiveStore::close() {
  const std::lock_guard lock(mutex_);
  latest_.reset();
}

Expected<std::shared_ptr<const OpenArchive>> ArchiveStore::load(const Location& location) {
  if (location.archive == kOnDisk) {
    auto file = MappedFile::open(location.name);
    if (!file) return fail("cannot be opened: {}", file.error().message);
    return OpenArchive::of(std::move(*file));
  }
  PNO_TRY(const auto outer, open(location.archive));
  UnpackLimits limits = limits_.file;
  limits.max_bytes = limits_.max_inner_zip_bytes;
  std::vector<std::byte> memory;
  PNO_TRY_VOID(outer->read(location.member, limits, memory));
  return OpenArchive::of(std::move(memory));
}

Expected<std::span<const std::byte>> FileReader::read(const Location& location) {
  if (location.archive != kOnDisk) return read_member(location);
  auto file = MappedFile::open(location.name);
  if (!file) {
    // The message begins with the name, which the caller adds.
    std::string message = std::move(file.error().message);
    if (message.starts_with(location.name + ": ")) message.erase(0, location.name.size() + 2);
    return fail("{}", message);
  }
  file_ = std::move(*file);
  const std::int64_t max_bytes = store_->limits().file.max_bytes;
  if (file_->bytes().size() > static_cast<std::size_t>(max_bytes)) {
    return fail("is {} bytes long, more than the limit of {}", file_->bytes().size(), max_bytes);
  }
  return file_->bytes();
}

Expected<std::span<const std::byte>> FileReader::read_member(const Location& location) {
  if (location.archive != archive_) {
    opened_.reset();
    archive_ = kOnDisk;
    PNO_TRY(opened_, store_->open(location.archive));
    archive_ = location.archive;
  }
  PNO_TRY_VOID(opened_->read(location.member, store_->limits().file, unpacked_));
  return std::span<const std::byte>(unpacked_);
}

}  // namespace pno::corpus
