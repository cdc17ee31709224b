#include "api/answer.h"

#include <algorithm>
#include <cstddef>

namespace pno::api {

pno_status answer(pno_error* error, pno_status status, std::string_view message) noexcept {
  if (error == nullptr) return status;
  std::size_t size = std::min(message.size(), sizeof(error->message) - 1);
  const auto continues_a_character = [&](std::size_t at) {
    return at < message.size() && (static_cast<unsigned char>(message[at]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && continues_a_character(size)) --size;
  *std::copy_n(message.begin(), size, error->message) = '\0';
  return status;
}

}  // namespace pno::api
