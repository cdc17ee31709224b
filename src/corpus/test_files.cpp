#include "corpus/test_files.h"

#include <unistd.h>
#include <zlib.h>

#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/random.h"
#include "midi/smf_writer.h"

namespace pno::corpus {
namespace {

// Little-endian.
template <class T>
void put(std::string& into, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    into += static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

std::string deflated(const std::string& bytes) {
  z_stream stream{};
  constexpr int kRawWindowBits = -15, kMemoryLevel = 8;
  PNO_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) == Z_OK,
            "zlib cannot begin");
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  PNO_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib cannot end");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// APPNOTE.TXT 6.3.10, section 4.3: what local and central headers have in common.
struct Header {
  const ZipMember* member;
  std::uint32_t checksum, packed_bytes, size_bytes;

  std::uint16_t version() const { return member->zip64 ? 45 : 20; }
  std::uint16_t flags() const {
    return static_cast<std::uint16_t>((member->encrypted ? 1 : 0) |
                                      (member->data_descriptor ? 8 : 0) | 0x800);  // UTF-8
  }
  std::string extra() const {
    std::string field;
    if (!member->zip64) return field;
    put<std::uint16_t>(field, 1);
    put<std::uint16_t>(field, 16);
    put<std::uint64_t>(field, size_bytes);
    put<std::uint64_t>(field, packed_bytes);
    return field;
  }
  void put_common(std::string& into, bool is_local) const {
    const bool later = is_local && member->data_descriptor;
    put<std::uint16_t>(into, version());
    put<std::uint16_t>(into, flags());
    put<std::uint16_t>(into, member->deflate ? 8 : 0);
    put<std::uint16_t>(into, 0);       // time
    put<std::uint16_t>(into, 0x0021);  // 1 January 1980
    put<std::uint32_t>(into, later ? 0 : checksum);
    put<std::uint32_t>(into, later ? 0 : member->zip64 ? 0xFFFFFFFF : packed_bytes);
    put<std::uint32_t>(into, later ? 0 : member->zip64 ? 0xFFFFFFFF : size_bytes);
    put<std::uint16_t>(into, static_cast<std::uint16_t>(member->name.size()));
    put<std::uint16_t>(into, static_cast<std::uint16_t>(extra().size()));
  }
};

void put_zip64_end(std::string& zip, std::uint64_t entries, std::uint64_t start) {
  const std::uint64_t end_record = zip.size();
  put<std::uint32_t>(zip, 0x06064b50);
  put<std::uint64_t>(zip, 44);  // bytes that follow
  put<std::uint16_t>(zip, 45);
  put<std::uint16_t>(zip, 45);
  put<std::uint32_t>(zip, 0);
  put<std::uint32_t>(zip, 0);
  put<std::uint64_t>(zip, entries);
  put<std::uint64_t>(zip, entries);
  put<std::uint64_t>(zip, end_record - start);
  put<std::uint64_t>(zip, start);
  put<std::uint32_t>(zip, 0x07064b50);  // the locator
  put<std::uint32_t>(zip, 0);
  put<std::uint64_t>(zip, end_record);
  put<std::uint32_t>(zip, 1);
}

}  // namespace

TestFolder::TestFolder() {
  static int made = 0;
  path_ =
      std::filesystem::temp_directory_path() / fmt::format("pno-corpus-{}-{}", ::getpid(), made++);
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TestFolder::write(std::string_view name, std::string_view bytes) const {
  auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  PNO_CHECK(file.good(), "a file of a test cannot be written");
  return path;
}

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

midi::Performance tune(std::uint64_t number, int notes) {
  RandomStream random(number, 0);
  midi::Performance performance;
  std::int64_t start_us = 0;
  for (int i = 0; i < notes; ++i) {
    start_us += 50'000 + static_cast<std::int64_t>(random.below(200'000));
    const auto length_us = static_cast<std::uint32_t>(20'000 + random.below(30'000));
    performance.notes.push_back({.start_us = start_us,
                                 .length_us = length_us,
                                 .key_length_us = length_us,
                                 .pitch = static_cast<std::uint8_t>(21 + random.below(88)),
                                 .velocity = static_cast<std::uint8_t>(1 + random.below(127)),
                                 .channel = 0});
  }
  return performance;
}

std::string tune_midi(std::uint64_t number, int notes) {
  const auto bytes = midi::write_smf(tune(number, notes), {.every_microsecond = true});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string zip_of(const std::vector<ZipMember>& members) {
  std::string zip, directory;
  bool is_zip64 = false;
  for (const auto& member : members) {
    const std::string data = member.deflate ? deflated(member.bytes) : member.bytes;
    const auto* bytes = reinterpret_cast<const Bytef*>(member.bytes.data());
    const auto checksum = static_cast<std::uint32_t>(
        crc32(0, bytes, static_cast<uInt>(member.bytes.size())) ^ (member.damaged ? 1 : 0));
    const Header header{&member, checksum, static_cast<std::uint32_t>(data.size()),
                        static_cast<std::uint32_t>(member.bytes.size())};
    is_zip64 |= member.zip64;
    const auto offset = static_cast<std::uint32_t>(zip.size());

    put<std::uint32_t>(zip, 0x04034b50);
    header.put_common(zip, /*is_local=*/true);
    zip += member.name + header.extra() + data;
    if (member.data_descriptor) {
      put<std::uint32_t>(zip, 0x08074b50);
      put<std::uint32_t>(zip, checksum);
      put<std::uint32_t>(zip, header.packed_bytes);
      put<std::uint32_t>(zip, header.size_bytes);
    }

    put<std::uint32_t>(directory, 0x02014b50);
    put<std::uint16_t>(directory, 45);
    header.put_common(directory, /*is_local=*/false);
    put<std::uint16_t>(directory, 0);  // comment
    put<std::uint16_t>(directory, 0);  // disk
    put<std::uint16_t>(directory, 0);  // internal attributes
    put<std::uint32_t>(directory, 0);  // external attributes
    put<std::uint32_t>(directory, offset);
    directory += member.name + header.extra();
  }
  const std::size_t start = zip.size();
  zip += directory;
  if (is_zip64) put_zip64_end(zip, members.size(), start);
  const auto entries = static_cast<std::uint16_t>(is_zip64 ? 0xFFFF : members.size());
  put<std::uint32_t>(zip, 0x06054b50);
  put<std::uint16_t>(zip, 0);
  put<std::uint16_t>(zip, 0);
  put<std::uint16_t>(zip, entries);
  put<std::uint16_t>(zip, entries);
  put<std::uint32_t>(zip, static_cast<std::uint32_t>(directory.size()));
  put<std::uint32_t>(zip, is_zip64 ? 0xFFFFFFFF : static_cast<std::uint32_t>(start));
  put<std::uint16_t>(zip, 0);
  return zip;
}

}  // namespace pno::corpus
