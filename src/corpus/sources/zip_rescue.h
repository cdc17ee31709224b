#pragma once

// The members of a zip archive that was cut short, as a broken download is: its directory stands at
// its end and is lost, but each member has a header of its own.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace pno::corpus {

struct RescuedZip {
  std::size_t members_bytes = 0;     // of the archive, up to the end of its last whole member
  std::vector<std::byte> directory;  // to stand after them
};

// Empty without a complete member. Members of 4 GiB and more, all that follow them, and those after
// the first 65535 are left out.
std::optional<RescuedZip> rescue_zip(std::span<const std::byte> bytes);

}  // namespace pno::corpus
