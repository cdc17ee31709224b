// The CUDA kernels as plain C++, on the functions of cuda_emulation.h.
#include "train/attention_cuda.cu"
