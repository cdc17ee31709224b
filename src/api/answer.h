#pragma once

// The end of a function of pno.h: a status, and a sentence for the caller. Exceptions stop here.

#include <exception>
#include <new>
#include <string_view>

#include "api/pno.h"
#include "base/error.h"

namespace pno::api {

// Copies the message, truncated between two characters if it is too long. Does not allocate.
pno_status answer(pno_error* error, pno_status status, std::string_view message) noexcept;

inline pno_status answer_ok(pno_error* error) noexcept {
  return answer(error, PNO_OK, {});
}

inline pno_status answer_bad_call(pno_error* error, std::string_view message) noexcept {
  return answer(error, PNO_BAD_CALL, message);
}

// Runs `work`, which returns an Expected<void>, and turns errors and exceptions into a status.
template <class Work>
pno_status guarded(pno_error* error, Work&& work) noexcept {
  try {
    const auto done = work();
    if (done) return answer_ok(error);
    const bool is_usage = done.error().kind == Error::Kind::usage;
    return answer(error, is_usage ? PNO_BAD_CALL : PNO_BAD_INPUT, done.error().message);
  } catch (const std::bad_alloc&) {
    return answer(error, PNO_NO_MEMORY, "there is not enough memory");
  } catch (const std::exception& thrown) {
    return answer(error, PNO_BAD_INPUT, thrown.what());
  }
}

}  // namespace pno::api
