#include "corpus/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <array>

namespace pno::corpus {
namespace {

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

std::string last_error(zip_t* archive) {
  return zip_error_strerror(zip_get_error(archive));
}

zip_t* as_zip(void* handle) {
  return static_cast<zip_t*>(handle);
}

struct CloseMember {
  void operator()(zip_file_t* member) const noexcept { zip_fclose(member); }
};

Expected<void> check_claims(const zip_stat_t& claims, const UnpackLimits& limits) {
  if (claims.encryption_method != ZIP_EM_NONE) {
    return fail("is encrypted; unpack the archive with its password first");
  }
  if (claims.size > static_cast<std::uint64_t>(limits.max_bytes)) {
    return fail("unpacks to {} bytes, more than the limit of {}", claims.size, limits.max_bytes);
  }
  const double ratio = static_cast<double>(claims.size) /
                       static_cast<double>(std::max<std::uint64_t>(claims.comp_size, 1));
  if (claims.size > kHarmlessBytes && ratio > limits.max_ratio) {
    return fail("unpacks to {:.0f} times its packed size, more than the limit of {}", ratio,
                limits.max_ratio);
  }
  return {};
}

}  // namespace

void ZipArchive::Discard::operator()(void* handle) const noexcept {
  zip_discard(as_zip(handle));
}

ZipArchive::ZipArchive(void* handle)
    : handle_(handle),
      entries_(static_cast<std::uint64_t>(
          std::max<zip_int64_t>(zip_get_num_entries(as_zip(handle), 0), 0))) {}

Expected<ZipArchive> ZipArchive::open(std::span<const std::byte> bytes) {
  // libzip takes no bytes at all for an empty archive.
  constexpr std::size_t kSmallestZip = 22;
  if (bytes.size() < kSmallestZip) {
    return fail("is no zip archive that can be read: {} bytes are too few for one", bytes.size());
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return fail("cannot be read: {}", text_of(error));
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) {
    zip_source_free(source);
    return fail("is no zip archive that can be read: {}", text_of(error));
  }
  return ZipArchive(archive);
}

Expected<ZipEntry> ZipArchive::entry(std::uint64_t index) const {
  zip_t* archive = as_zip(handle_.get());
  zip_stat_t claims;
  if (zip_stat_index(archive, index, 0, &claims) != 0 || claims.name == nullptr) {
    return fail("has an entry {} that cannot be read: {}", index, last_error(archive));
  }
  return ZipEntry{claims.name, claims.size, claims.comp_size};
}

Expected<void> ZipArchive::read(std::uint64_t index, const UnpackLimits& limits,
                                std::vector<std::byte>& into) const {
  zip_t* archive = as_zip(handle_.get());
  zip_stat_t claims;
  if (zip_stat_index(archive, index, 0, &claims) != 0) {
    return fail("cannot be read from its zip: {}", last_error(archive));
  }
  PNO_TRY_VOID(check_claims(claims, limits));
  const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(archive, index, 0));
  if (!member) return fail("cannot be read from its zip: {}", last_error(archive));

  // One byte more than claimed, so that the end is seen, and with it the checksum checked.
  into.resize(claims.size + 1);
  std::size_t filled = 0;
  while (filled < into.size()) {
    const zip_int64_t got = zip_fread(member.get(), into.data() + filled, into.size() - filled);
    if (got < 0) {
      return fail("cannot be unpacked: {}", zip_error_strerror(zip_file_get_error(member.get())));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled != claims.size) {
    return fail("unpacks to {} {} bytes, where its zip says {}",
                filled < claims.size ? "only" : "more than", std::min(filled, claims.size),
                claims.size);
  }
  into.resize(filled);
  return {};
}

bool begins_like_zip(std::span<const std::byte> bytes) {
  constexpr std::array kFirstEntry = {std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  constexpr std::array kEmpty = {std::byte{'P'}, std::byte{'K'}, std::byte{5}, std::byte{6}};
  if (bytes.size() < kEmpty.size()) return false;
  const auto start = bytes.first(kEmpty.size());
  return std::ranges::equal(start, kFirstEntry) || std::ranges::equal(start, kEmpty);
}

}  // namespace pno::corpus
