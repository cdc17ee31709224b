#include "cli/default_model.h"

#include <filesystem>

namespace pno::cli {
namespace {

constexpr const char* kName = "piano.safetensors";

}  // namespace

Expected<std::string> default_model() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const auto here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto built = here / "models", installed = here.parent_path() / "share/pno/models";
  // pno-serve is installed in libexec/pno.
  const auto from_libexec = here.parent_path().parent_path() / "share/pno/models";
  for (const auto& folder : {built, installed, from_libexec}) {
    if (fs::is_regular_file(folder / kName, ignored)) return (folder / kName).string();
  }
  return fail(
      "no model was named, and the default model {} is neither in {} nor in {}; name a model file",
      kName, built.string(), installed.string());
}

}  // namespace pno::cli
