#include "corpus/sources/zip_archive.h"

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <optional>

#include "base/other_kind.h"
#include "corpus/sources/zip_rescue.h"

namespace pno::corpus {

struct ZipArchive::Handle {
  zip_t* zip = nullptr;
  std::uint64_t size_bytes = 0;  // of the archive
  std::optional<RescuedZip> rescued;
  std::mutex mutex;
};

namespace {

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

std::string last_error(zip_t* archive) {
  return zip_error_strerror(zip_get_error(archive));
}

tl::unexpected<Error> fail_to_open(std::span<const std::byte> bytes, std::string_view why) {
  const auto kind = content_kind(bytes);
  const auto clause = other_kind_clause(kind, Wanted::any);
  const bool is_other = kind == ContentKind::zip_cut_short || !begins_like_zip(bytes);
  if (is_other && !clause.empty()) return fail("{}", clause);
  return fail("is not a zip archive that can be read: {}", why);
}

// An archive whose bytes are those of `first`, then those of `second`; both outlive it.
Expected<zip_t*> open_parts(std::span<const std::byte> first, std::span<const std::byte> second) {
  const auto part = [](std::span<const std::byte> bytes) {
    // libzip takes pointers that are not const, and reads only.
    return zip_buffer_fragment_t{
        reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(bytes.data())), bytes.size()};
  };
  const std::array parts = {part(first), part(second)};
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_fragment_create(parts.data(), second.empty() ? 1 : 2, 0, &error);
  if (source == nullptr) return fail("{}", text_of(error));
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive != nullptr) return archive;
  zip_source_free(source);
  return fail("{}", text_of(error));
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

// As many bytes of a member as fit into `into`, packed (ZIP_FL_COMPRESSED) or not; fewer if it
// ends before.
Expected<void> read_fully(zip_t* zip, std::uint64_t index, zip_flags_t flags,
                          std::vector<std::byte>& into) {
  const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(zip, index, flags));
  if (!member) return fail("cannot be read from its zip: {}", last_error(zip));
  std::size_t filled = 0;
  while (filled < into.size()) {
    const zip_int64_t got = zip_fread(member.get(), into.data() + filled, into.size() - filled);
    if (got < 0) {
      return fail("cannot be unpacked: {}", zip_error_strerror(zip_file_get_error(member.get())));
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  into.resize(filled);
  return {};
}

// Raw deflate, as zips have it; cut at the size of `into`, which shrinks to what there is.
Expected<void> inflate_into(std::vector<std::byte>& packed, std::vector<std::byte>& into) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return fail("cannot be unpacked: no memory");
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(into.data());
  stream.avail_out = static_cast<uInt>(into.size());
  const int code = inflate(&stream, Z_FINISH);
  into.resize(into.size() - stream.avail_out);
  inflateEnd(&stream);
  const bool was_cut = code == Z_BUF_ERROR && stream.avail_out == 0;
  if (code != Z_STREAM_END && !was_cut) {
    return fail("cannot be unpacked: its packed bytes are damaged or cut short");
  }
  return {};
}

Expected<void> check_unpacked(std::span<const std::byte> bytes, const zip_stat_t& claims) {
  if (bytes.size() != claims.size) {
    return fail("unpacks to {} {} bytes, where its zip says {}",
                bytes.size() < claims.size ? "only" : "more than",
                std::min<std::uint64_t>(bytes.size(), claims.size), claims.size);
  }
  const uLong sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if ((claims.valid & ZIP_STAT_CRC) != 0 && sum != claims.crc) {
    return fail("cannot be unpacked: its checksum is wrong");
  }
  return {};
}

}  // namespace

void ZipArchive::Discard::operator()(Handle* handle) const noexcept {
  if (handle->zip != nullptr) zip_discard(handle->zip);
  delete handle;
}

bool ZipArchive::is_cut_short() const {
  return handle_->rescued.has_value();
}

Expected<ZipArchive> ZipArchive::open(std::span<const std::byte> bytes) {
  // libzip takes no bytes at all for an empty archive.
  constexpr std::size_t kSmallestZip = 22;
  if (bytes.size() < kSmallestZip) {
    return fail_to_open(bytes, fmt::format("{} bytes are too few for one", bytes.size()));
  }
  OwnedHandle handle(new Handle);
  handle->size_bytes = bytes.size();
  auto opened = open_parts(bytes, {});
  if (!opened && content_kind(bytes) == ContentKind::zip_cut_short) {
    handle->rescued = rescue_zip(bytes);
    if (handle->rescued) {
      opened = open_parts(bytes.first(handle->rescued->members_bytes), handle->rescued->directory);
    }
  }
  if (!opened) return fail_to_open(bytes, opened.error().message);
  handle->zip = *opened;
  const zip_int64_t entries = zip_get_num_entries(handle->zip, 0);
  return ZipArchive(std::move(handle),
                    static_cast<std::uint64_t>(std::max<zip_int64_t>(entries, 0)));
}

Expected<ZipEntry> ZipArchive::entry(std::uint64_t index) const {
  const std::lock_guard lock(handle_->mutex);
  zip_stat_t claims;
  if (zip_stat_index(handle_->zip, index, 0, &claims) != 0 || claims.name == nullptr) {
    return fail("has an entry {} that cannot be read: {}", index, last_error(handle_->zip));
  }
  // Old .NET and PowerShell separate folders with backslashes.
  std::string name = claims.name;
  std::replace(name.begin(), name.end(), '\\', '/');
  return ZipEntry{std::move(name), claims.size, claims.comp_size};
}

Expected<void> ZipArchive::read(std::uint64_t index, const UnpackLimits& limits,
                                std::vector<std::byte>& into) const {
  std::unique_lock lock(handle_->mutex);
  zip_t* zip = handle_->zip;
  zip_stat_t claims;
  if (zip_stat_index(zip, index, 0, &claims) != 0) {
    return fail("cannot be read from its zip: {}", last_error(zip));
  }
  PNO_TRY_VOID(check_claims(claims, limits));
  if (claims.comp_size > handle_->size_bytes) {
    return fail("cannot be read from its zip: it is longer than the zip, which was cut short");
  }

  // One byte more than claimed, so that the end is seen.
  const bool fits_zlib = std::max(claims.size, claims.comp_size) < std::numeric_limits<uInt>::max();
  if (claims.comp_method == ZIP_CM_DEFLATE && fits_zlib) {
    std::vector<std::byte> packed(claims.comp_size);
    PNO_TRY_VOID(read_fully(zip, index, ZIP_FL_COMPRESSED, packed));
    lock.unlock();
    into.resize(claims.size + 1);
    PNO_TRY_VOID(inflate_into(packed, into));
  } else {
    into.resize(claims.size + 1);
    PNO_TRY_VOID(read_fully(zip, index, 0, into));
    lock.unlock();
  }
  return check_unpacked(into, claims);
}

bool begins_like_zip(std::span<const std::byte> bytes) {
  constexpr std::array kFirstEntry = {std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  constexpr std::array kEmpty = {std::byte{'P'}, std::byte{'K'}, std::byte{5}, std::byte{6}};
  if (bytes.size() < kEmpty.size()) return false;
  const auto start = bytes.first(kEmpty.size());
  return std::ranges::equal(start, kFirstEntry) || std::ranges::equal(start, kEmpty);
}

}  // namespace pno::corpus
