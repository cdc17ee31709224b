#include "corpus/sources/zip_rescue.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace pno::corpus {
namespace {

using namespace std::string_view_literals;

// APPNOTE 4.3.7, the header of a member; numbers are little-endian.
constexpr std::size_t kHeaderBytes = 30, kVersionAt = 4, kFlagsAt = 6, kChecksumAt = 14,
                      kPackedAt = 18, kSizeAt = 22, kNameLengthAt = 26, kExtraLengthAt = 28;
constexpr std::uint64_t kDescriptorFollows = 1 << 3;  // of the flags: checksum and sizes come after
constexpr std::uint64_t kInZip64 = 0xFFFFFFFF;        // a size that stands in the extra field

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return number;
}

void put(std::uint64_t number, std::size_t size, std::string& bytes) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xFF);
}

struct Member {
  std::uint64_t checksum = 0, packed = 0, size = 0;
  std::size_t data_at = 0, end = 0;  // in the archive
};

constexpr std::size_t kDescriptorBytes = 16;

// APPNOTE 4.3.9: the data end where a descriptor says the size that they have up to there.
bool find_descriptor(std::string_view bytes, Member& member) {
  for (auto at = bytes.find("PK\7\b"sv, member.data_at);
       at != std::string_view::npos && bytes.size() - at >= kDescriptorBytes;
       at = bytes.find("PK\7\b"sv, at + 1)) {
    if (number_at(bytes, at + 8, 4) != at - member.data_at) continue;
    member.checksum = number_at(bytes, at + 4, 4);
    member.packed = number_at(bytes, at + 8, 4);
    member.size = number_at(bytes, at + 12, 4);
    member.end = at + kDescriptorBytes;
    return true;
  }
  return false;
}

// The member that begins at `at`; nothing if it is not whole.
std::optional<Member> member_at(std::string_view bytes, std::size_t at) {
  const auto rest = bytes.substr(at);
  if (!rest.starts_with("PK\3\4"sv) || rest.size() < kHeaderBytes) return std::nullopt;
  Member member{.checksum = number_at(rest, kChecksumAt, 4),
                .packed = number_at(rest, kPackedAt, 4),
                .size = number_at(rest, kSizeAt, 4)};
  const auto names = number_at(rest, kNameLengthAt, 2) + number_at(rest, kExtraLengthAt, 2);
  if (rest.size() - kHeaderBytes < names) return std::nullopt;
  member.data_at = at + kHeaderBytes + static_cast<std::size_t>(names);
  const bool is_described = (number_at(rest, kFlagsAt, 2) & kDescriptorFollows) != 0;
  if (is_described && member.packed == 0) {
    return find_descriptor(bytes, member) ? std::optional(member) : std::nullopt;
  }
  const bool is_whole = member.packed != kInZip64 && member.packed <= bytes.size() - member.data_at;
  if (!is_whole) return std::nullopt;
  member.end = member.data_at + static_cast<std::size_t>(member.packed);
  return member;
}

// APPNOTE 4.3.12: the entry of a member in the directory. Version to flags to date are as in its
// own header.
void put_entry(std::string_view header, const Member& member, std::size_t at, std::string& into) {
  into += "PK\1\2"sv;
  put(number_at(header, kVersionAt, 2), 2, into);  // made by
  into += header.substr(kVersionAt, kChecksumAt - kVersionAt);
  put(member.checksum, 4, into);
  put(member.packed, 4, into);
  put(member.size, 4, into);
  const auto name_bytes = number_at(header, kNameLengthAt, 2);
  put(name_bytes, 2, into);
  into.append(2 + 2 + 2 + 2 + 4, '\0');  // extra field, comment, disk, attributes
  put(at, 4, into);
  into += header.substr(kHeaderBytes, static_cast<std::size_t>(name_bytes));
}

}  // namespace

std::optional<RescuedZip> rescue_zip(std::span<const std::byte> archive) {
  constexpr std::uint64_t kMostMembers = 65535;
  const std::string_view bytes(reinterpret_cast<const char*>(archive.data()), archive.size());
  std::string directory;
  std::uint64_t members = 0;
  std::size_t at = 0;
  while (members < kMostMembers && at < std::numeric_limits<std::uint32_t>::max()) {
    // Between two members a descriptor may stand, if its member has its sizes in its header, too.
    auto rest = bytes.substr(at);
    const bool is_described = rest.starts_with("PK\7\b"sv) && rest.size() >= kDescriptorBytes;
    if (is_described) rest.remove_prefix(kDescriptorBytes);
    const std::size_t start = bytes.size() - rest.size();
    const auto member = member_at(bytes, start);
    if (!member) break;
    put_entry(rest, *member, start, directory);
    at = member->end;
    ++members;
  }
  if (members == 0 || at > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  const auto directory_bytes = directory.size();
  // APPNOTE 4.3.16: the end of the directory.
  directory += "PK\5\6\0\0\0\0"sv;
  put(members, 2, directory);
  put(members, 2, directory);
  put(directory_bytes, 4, directory);
  put(at, 4, directory);
  put(0, 2, directory);
  RescuedZip rescued{.members_bytes = at, .directory = {}};
  const auto added = std::as_bytes(std::span(directory));
  rescued.directory.assign(added.begin(), added.end());
  return rescued;
}

}  // namespace pno::corpus
