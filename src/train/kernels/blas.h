#pragma once

// The BLAS that LibTorch calls: its name and its number of threads. Debian's LibTorch calls
// libblas.so.3, which may be the reference BLAS; training is then about 50 times slower than with
// OpenBLAS, so blas_warning() reports it.

#include <filesystem>
#include <string>

namespace pno::train {

enum class Blas { open_blas, mkl, blis, atlas, reference, built_in };

Blas loaded_blas();  // the library that provides sgemm_ in this process
Blas blas_of_library(const std::filesystem::path& path);  // by the name of the resolved file
std::string blas_name(Blas blas);                         // "OpenBLAS"
std::string blas_warning(Blas blas);  // a sentence for the reference BLAS, else empty
std::string blas_warning();           // the same for loaded_blas()

// OpenBLAS has its own threads beside LibTorch's; the other libraries use LibTorch's number.
void set_blas_threads(int threads);
int blas_threads();  // 1 if the library has no setting of its own

// Limits matrix products to one thread during its lifetime. For loops that are parallel already:
// nested threads would wait for each other.
class OneBlasThread {
 public:
  OneBlasThread() : before_(blas_threads()) {
    if (before_ > 1) set_blas_threads(1);
  }
  ~OneBlasThread() {
    if (before_ > 1) set_blas_threads(before_);
  }
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  int before_;
};

}  // namespace pno::train
