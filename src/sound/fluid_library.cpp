#include "sound/fluid_library.h"

#include <dlfcn.h>

namespace pno::sound {
namespace {

static_assert(FLUIDSYNTH_VERSION_MAJOR == 2, "the library's name below is that of FluidSynth 2");
#ifdef __APPLE__
constexpr const char* kName = "libfluidsynth.3.dylib";
#else
constexpr const char* kName = "libfluidsynth.so.3";
#endif

std::string& message() {
  thread_local std::string text;
  return text;
}

void keep_message(int /*level*/, const char* text, void* /*data*/) {
  message() = text;
}

}  // namespace

std::string FluidLibrary::take_message() {
  return std::exchange(message(), {});
}

Expected<const FluidLibrary*> FluidLibrary::get() {
  static const Expected<FluidLibrary> library = load(kName);
  if (!library) return tl::unexpected(library.error());
  return &*library;
}

Expected<FluidLibrary> FluidLibrary::load(const char* name) {
  void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail("FluidSynth cannot be loaded ({}); install Debian's package libfluidsynth3",
                ::dlerror());
  }
  FluidLibrary library;
#define PNO_FLUID_FIND(function)                                                          \
  library.function = reinterpret_cast<decltype(&::function)>(::dlsym(handle, #function)); \
  if (library.function == nullptr) {                                                      \
    return fail("FluidSynth in {} is too old: it has no " #function, name);               \
  }
  PNO_FLUID_FUNCTIONS(PNO_FLUID_FIND)
#undef PNO_FLUID_FIND
  for (int level = FLUID_PANIC; level < LAST_LOG_LEVEL; ++level) {
    library.fluid_set_log_function(level, level <= FLUID_WARN ? keep_message : nullptr, nullptr);
  }
  return library;
}

}  // namespace pno::sound
