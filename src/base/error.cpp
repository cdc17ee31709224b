#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace pno {

void stop_on_bug(const char* file, int line, const char* condition, const char* why) {
  std::fprintf(stderr, "%s:%d: a bug in pno: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace pno
