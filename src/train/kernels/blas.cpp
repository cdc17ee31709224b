#include "train/kernels/blas.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <system_error>

namespace pno::train {
namespace {

template <class Function>
Function* symbol(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

}  // namespace

// Debian's LibTorch always loads OpenBLAS for LAPACK, so only the library of sgemm_ counts.
// Debian's alternatives make it a symbolic link: libblas.so.3 is openblas-pthread/libblas.so.3.
Blas blas_of_library(const std::filesystem::path& path) {
  std::error_code error;
  const auto resolved = std::filesystem::canonical(path, error);
  const std::string name = error ? path.string() : resolved.string();
  const auto contains = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (contains("openblas")) return Blas::open_blas;
  if (contains("libmkl")) return Blas::mkl;
  if (contains("blis")) return Blas::blis;
  if (contains("atlas")) return Blas::atlas;
  if (contains("libblas.so")) return Blas::reference;
  return Blas::built_in;
}

Blas loaded_blas() {
  auto* const sgemm = ::dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info library{};
  if (sgemm == nullptr || ::dladdr(sgemm, &library) == 0) return Blas::built_in;
  return blas_of_library(library.dli_fname);
}

std::string blas_name(Blas blas) {
  constexpr std::array kNames = {"OpenBLAS",           "MKL", "BLIS", "ATLAS", "reference BLAS",
                                 "LibTorch's own BLAS"};
  return kNames.at(static_cast<std::size_t>(blas));
}

std::string blas_warning(Blas blas) {
  if (blas != Blas::reference) return {};
  return "LibTorch multiplies matrices with the reference BLAS, which is about 50 times slower "
         "than OpenBLAS; install libopenblas0-pthread";
}

std::string blas_warning() {
  return blas_warning(loaded_blas());
}

void set_blas_threads(int threads) {
  static auto* const set = symbol<void(int)>("openblas_set_num_threads");
  if (set != nullptr) set(threads);
}

int blas_threads() {
  static auto* const get = symbol<int()>("openblas_get_num_threads");
  return get != nullptr ? get() : 1;
}

}  // namespace pno::train
