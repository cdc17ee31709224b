#include "base/digest.h"

#include <fmt/format.h>

namespace pno {

std::string Digest::text() const {
  return fmt::format("{:016x}", value_);
}

}  // namespace pno
