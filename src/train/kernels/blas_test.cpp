#include "train/kernels/blas.h"

#include <gtest/gtest.h>

namespace pno::train {
namespace {

TEST(Blas, LibraryNameTellsTheBlas) {
  EXPECT_EQ(blas_of_library("/nowhere/openblas-pthread/libblas.so.3"), Blas::open_blas);
  EXPECT_EQ(blas_of_library("/nowhere/libmkl_rt.so"), Blas::mkl);
  EXPECT_EQ(blas_of_library("/nowhere/blas/libblas.so.3"), Blas::reference);
  EXPECT_EQ(blas_of_library("/nowhere/libtorch_cpu.so"), Blas::built_in);
}

TEST(Blas, OnlyTheReferenceBlasHasAWarning) {
  EXPECT_NE(blas_warning(Blas::reference).find("libopenblas0-pthread"), std::string::npos);
  EXPECT_EQ(blas_warning(Blas::open_blas), "");
  EXPECT_EQ(blas_warning(Blas::built_in), "");
}

TEST(Blas, OneBlasThreadRestoresTheNumberOfThreads) {
  const int before = blas_threads();
  {
    const OneBlasThread guard;
    EXPECT_EQ(blas_threads(), 1);
  }
  EXPECT_EQ(blas_threads(), before);
}

}  // namespace
}  // namespace pno::train
