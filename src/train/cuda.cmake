# The CUDA kernels and their tests, which need no LibTorch.

if(PNO_HAS_CUDA)
  # Where nothing will run them, one architecture proves that they compile.
  set(architectures "${PNO_CUDA_ARCHITECTURES}")
  if(NOT PNO_TORCH_HAS_CUDA AND PNO_CUDA STREQUAL "AUTO")
    set(architectures 90-real)
  endif()
  add_library(pno_train_cuda STATIC attention_cuda.cu)
  set_target_properties(pno_train_cuda PROPERTIES
    CUDA_STANDARD 17  # the last that CMake 3.25 knows of nvcc
    CUDA_RUNTIME_LIBRARY Shared CUDA_ARCHITECTURES "${architectures}"
    POSITION_INDEPENDENT_CODE ON)
  target_include_directories(pno_train_cuda PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_compile_options(pno_train_cuda PRIVATE -Xcompiler=-Wall,-Wextra)
  target_link_libraries(pno_train_cuda PUBLIC CUDA::cudart)
endif()

if(PNO_TESTS)
  # The same kernels, on the CPU.
  pno_test(attention_cuda_emulation SLOW
    SOURCES attention_cuda_emulated.cpp attention_cuda_test.cpp cuda_emulation.cpp
    USES model)
  target_compile_definitions(attention_cuda_emulation_test PRIVATE PNO_CUDA_EMULATION)

  if(PNO_HAS_CUDA)
    pno_test(attention_gpu SLOW SOURCES attention_cuda_test.cpp USES model train_cuda)
    set_tests_properties(attention_gpu PROPERTIES LABELS gpu)
    set_tests_properties(attention_gpu_slow PROPERTIES LABELS "gpu;slow")
    set_tests_properties(attention_gpu attention_gpu_slow PROPERTIES
      SKIP_REGULAR_EXPRESSION "this machine has no CUDA device")
  else()
    add_test(NAME attention_gpu COMMAND "${CMAKE_COMMAND}" -E echo "CUDA kernels: not in this build")
    set_tests_properties(attention_gpu PROPERTIES
      LABELS gpu SKIP_REGULAR_EXPRESSION "not in this build")
  endif()
endif()
