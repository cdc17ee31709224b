#include "corpus/archive_store.h"

namespace pno::corpus {

int ArchiveStore::add(Location location) {
  const std::lock_guard lock(mutex_);
  locations_.push_back(std::move(location));
  opened_.emplace_back();
  return static_cast<int>(locations_.size()) - 1;
}

Expected<std::shared_ptr<const ArchiveBytes>> ArchiveStore::open(int archive) {
  const std::lock_guard lock(mutex_);
  const auto number = static_cast<std::size_t>(archive);
  PNO_CHECK(number < locations_.size(), "an archive that nobody added");
  if (auto opened = opened_[number].lock()) return opened;
  PNO_TRY(auto loaded, load(locations_[number]));
  opened_[number] = loaded;
  return loaded;
}

Expected<std::shared_ptr<const ArchiveBytes>> ArchiveStore::load(const Location& location) {
  if (location.archive == kOnDisk) {
    auto file = MappedFile::open(location.name);
    if (!file) return fail("cannot be opened: {}", file.error().message);
    return std::make_shared<const ArchiveBytes>(std::move(*file));
  }
  PNO_TRY(const auto outer, open(location.archive));
  PNO_TRY(const auto zip, ZipArchive::open(outer->bytes()));
  UnpackLimits limits = limits_.file;
  limits.max_bytes = limits_.max_inner_zip_bytes;
  std::vector<std::byte> memory;
  PNO_TRY_VOID(zip.read(location.member, limits, memory));
  return std::make_shared<const ArchiveBytes>(std::move(memory));
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
    zip_.reset();
    archive_ = kOnDisk;
    PNO_TRY(archive_bytes_, store_->open(location.archive));
    PNO_TRY(zip_, ZipArchive::open(archive_bytes_->bytes()));
    archive_ = location.archive;
  }
  PNO_TRY_VOID(zip_->read(location.member, store_->limits().file, unpacked_));
  return std::span<const std::byte>(unpacked_);
}

}  // namespace pno::corpus
