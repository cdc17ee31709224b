#pragma once

// The two kinds of failure.
// Bad input (a file, a flag, a missing device) is an `Error` in an `Expected`: one sentence that
// says what was read, where, what was wrong and what to do. A bug in pno aborts the program in
// PNO_CHECK, in every build; no input may cause that.

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace pno {

struct Error {
  enum class Kind {
    input,        // the command fails: exit code 1
    usage,        // a wrong option or argument: exit code 2
    interrupted,  // Ctrl-C or SIGTERM: exit code 1, no partial files
  };
  std::string message;
  Kind kind = Kind::input;
};

template <class T>
using Expected = tl::expected<T, Error>;

// return fail("{}: no such file", path); returns an Error of kind input, fail_usage() one of kind
// usage.
template <class... Args>
tl::unexpected<Error> fail(fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Error{fmt::format(text, std::forward<Args>(args)...)});
}

template <class... Args>
tl::unexpected<Error> fail_usage(fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected(Error{fmt::format(text, std::forward<Args>(args)...), Error::Kind::usage});
}

inline tl::unexpected<Error> fail_interrupted(std::string message) {
  return tl::unexpected(Error{std::move(message), Error::Kind::interrupted});
}

// Prints file, line and condition and aborts.
[[noreturn]] void stop_on_bug(const char* file, int line, const char* condition, const char* why);

}  // namespace pno

#define PNO_CHECK(condition, why)                                                \
  do {                                                                           \
    if (!(condition)) ::pno::stop_on_bug(__FILE__, __LINE__, #condition, (why)); \
  } while (false)

// PNO_TRY(auto file, MappedFile::open(path)); declares `file`, or returns the error of the call.
#define PNO_TRY(declaration, ...) PNO_TRY_AT(__LINE__, declaration, __VA_ARGS__)
#define PNO_TRY_AT(line, declaration, ...) PNO_TRY_NAMED(line, declaration, __VA_ARGS__)
#define PNO_TRY_NAMED(line, declaration, ...)                                  \
  auto pno_result_##line = (__VA_ARGS__);                                      \
  if (!pno_result_##line) {                                                    \
    return tl::unexpected<::pno::Error>(std::move(pno_result_##line.error())); \
  }                                                                            \
  declaration = std::move(*pno_result_##line)

// PNO_TRY_VOID(file.commit()); returns the error of the call if there is one.
#define PNO_TRY_VOID(...)                                                 \
  do {                                                                    \
    if (auto pno_result = (__VA_ARGS__); !pno_result) {                   \
      return tl::unexpected<::pno::Error>(std::move(pno_result.error())); \
    }                                                                     \
  } while (false)
