// The CUDA kernels as plain C++, on the functions of cuda_emulation.h.
#include "train/cuda/attention_cuda.cu"
