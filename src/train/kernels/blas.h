#pragma once

// The matrix library under LibTorch: which one it is, and how many threads it takes.
// Debian's LibTorch calls whatever provides libblas.so.3. With the reference BLAS training is about
// 50 times slower than with OpenBLAS, so it is worth a warning.

#include <filesystem>
#include <string>

namespace pno::train {

enum class Blas { open_blas, mkl, blis, atlas, reference, built_in };

Blas loaded_blas();  // the one that provides sgemm_ in this process
Blas blas_of_library(const std::filesystem::path& path);
std::string blas_name(Blas blas);     // "OpenBLAS"
std::string blas_warning(Blas blas);  // a sentence for the reference BLAS, else empty
std::string blas_warning();           // of loaded_blas()

// OpenBLAS has threads of its own beside those of LibTorch; the others follow LibTorch's.
void set_blas_threads(int threads);
int blas_threads();  // 1 where the library has no say of its own

// Matrix products take one thread while this lives: for loops that are parallel already, where
// threads within threads would only wait for each other.
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
