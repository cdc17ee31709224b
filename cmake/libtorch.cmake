# Finds LibTorch:
#   -D PNO_TORCH=auto     in CMAKE_PREFIX_PATH or Torch_DIR, else the system's package, else the
#                         PyTorch of python3 (the default)
#   -D PNO_TORCH=system   the system's package (Debian: libtorch-dev)
#   -D PNO_TORCH=pip      the PyTorch that python3 imports
#   -D PNO_TORCH=FOLDER   the unpacked zip of pytorch.org, or any folder with LibTorch
# Sets the variables of find_package(Torch); PNO_HAS_GLOO and PNO_HAS_NCCL, if several processes can
# train together on CPUs and on GPUs; and PNO_C10D_INCLUDES, the folders of their headers.

set(PNO_TORCH auto CACHE STRING "Where LibTorch is: auto, system, pip, or its folder")

# Removes the results of an earlier configuration from the cache.
if(NOT PNO_TORCH STREQUAL PNO_TORCH_BEFORE AND DEFINED PNO_TORCH_BEFORE)
  foreach(found Torch_DIR Caffe2_DIR TORCH_LIBRARY c10_LIBRARY C10_CUDA_LIBRARY
      PNO_TORCH_OF_PYTHON PNO_GLOO_INCLUDE PNO_NCCL_INCLUDE)
    unset(${found} CACHE)
  endforeach()
endif()
set(PNO_TORCH_BEFORE "${PNO_TORCH}" CACHE INTERNAL "PNO_TORCH of the last configuration")

# The folder with the CMake files of python3's PyTorch; empty if PyTorch is not installed. Importing
# PyTorch takes seconds, so the result is cached.
function(pno_torch_of_python result)
  if(NOT PNO_TORCH_OF_PYTHON)
    find_program(PNO_PYTHON NAMES python3 python)
    set(folder "")
    if(PNO_PYTHON)
      execute_process(
        COMMAND "${PNO_PYTHON}" -c "import torch.utils; print(torch.utils.cmake_prefix_path)"
        OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    set(PNO_TORCH_OF_PYTHON "${folder}" CACHE INTERNAL "torch.utils.cmake_prefix_path")
  endif()
  set(${result} "${PNO_TORCH_OF_PYTHON}" PARENT_SCOPE)
endfunction()

# LibTorch with CUDA adds flags for nvcc, with architectures that are too old for the kernels.
set(pno_cuda_flags "${CMAKE_CUDA_FLAGS}")
if(PNO_TORCH STREQUAL "auto" OR PNO_TORCH STREQUAL "system")
  find_package(Torch QUIET)
endif()
if(NOT Torch_FOUND AND (PNO_TORCH STREQUAL "auto" OR PNO_TORCH STREQUAL "pip"))
  pno_torch_of_python(folder)
  if(folder)
    find_package(Torch QUIET PATHS "${folder}" NO_DEFAULT_PATH)
  endif()
elseif(NOT PNO_TORCH MATCHES "^(auto|system)$")
  find_package(Torch QUIET
    PATHS "${PNO_TORCH}" "${PNO_TORCH}/libtorch" "${PNO_TORCH}/torch" NO_DEFAULT_PATH)
endif()
set(CMAKE_CUDA_FLAGS "${pno_cuda_flags}")
if(NOT Torch_FOUND)
  message(FATAL_ERROR
    "No LibTorch was found with PNO_TORCH=${PNO_TORCH}. Install Debian's libtorch-dev; or PyTorch by "
    "pip, for the first python3 in PATH; or unpack the zip of https://pytorch.org (LibTorch, "
    "cxx11 ABI) and give its folder with -D PNO_TORCH=FOLDER. To build pno without training: "
    "-D PNO_TRAIN=OFF.")
endif()
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR
    "The LibTorch in ${TORCH_INSTALL_PREFIX} was built for the C++ ABI from before GCC 5 "
    "(${TORCH_CXX_FLAGS}), and the other libraries of pno were not. Use a newer PyTorch (2.7 or "
    "later), the zip whose name has 'cxx11-abi', or Debian's libtorch-dev, with -D PNO_TORCH=….")
endif()
message(STATUS "LibTorch ${Torch_VERSION}: ${TORCH_INSTALL_PREFIX}")

# c10d's backends are in LibTorch. To use one, its own headers of the same version are needed, too:
# Debian has Gloo's in libgloo-dev, pip and the zip do not have them.
get_target_property(definitions torch_cpu INTERFACE_COMPILE_DEFINITIONS)
find_path(PNO_GLOO_INCLUDE gloo/rendezvous/store.h
  PATHS "${TORCH_INSTALL_PREFIX}/include" NO_DEFAULT_PATH)
if("USE_C10D_GLOO" IN_LIST definitions AND PNO_GLOO_INCLUDE)
  set(PNO_HAS_GLOO ON)
endif()
if(TARGET torch_cuda)
  get_target_property(cuda_definitions torch_cuda INTERFACE_COMPILE_DEFINITIONS)
  # pip installs NCCL's headers in a package of their own, beside torch/.
  find_path(PNO_NCCL_INCLUDE nccl.h
    HINTS "${TORCH_INSTALL_PREFIX}/../nvidia/nccl/include" "${TORCH_INSTALL_PREFIX}/include")
  if("USE_C10D_NCCL" IN_LIST cuda_definitions AND PNO_NCCL_INCLUDE)
    set(PNO_HAS_NCCL ON)
  endif()
endif()

# Without LibTorch's own folders: /usr/include in this list would hide the compiler's headers.
set(PNO_C10D_INCLUDES "")
foreach(folder "${PNO_GLOO_INCLUDE}" "${PNO_NCCL_INCLUDE}")
  if(IS_DIRECTORY "${folder}" AND NOT folder MATCHES "^(${TORCH_INSTALL_PREFIX}|/usr)/include$")
    list(APPEND PNO_C10D_INCLUDES "${folder}")
  endif()
endforeach()
