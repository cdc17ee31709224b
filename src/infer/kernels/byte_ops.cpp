#include "infer/kernels/byte_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "infer/kernels/byte_ops.cpp"
#include <hwy/foreach_target.h>
// Highway requires this order: foreach_target.h, then the headers that it compiles again.
#include <hwy/highway.h>

#include "infer/kernels/quantise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::infer::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;
using Ints = hn::RebindToSigned<Floats>;

float int8_scale_here(const float* x, std::size_t size) {
  return max_abs(x, /*scales=*/nullptr, size) / kMaxInt8;
}

void to_offset_bytes_here(const float* x, std::size_t size, float inverse, std::uint8_t* bytes) {
  const Floats d;
  const Ints ints;
  const hn::Rebind<std::uint8_t, Ints> stored;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto value = hn::NearestInt(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, inverse)));
    hn::StoreU(hn::DemoteTo(stored, hn::Add(value, hn::Set(ints, kByteOffset))), stored, bytes + i);
  }
  for (; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(round_to_int(x[i] * inverse) + kByteOffset);
  }
}

}  // namespace pno::infer::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::infer {

HWY_EXPORT(int8_scale_here);
HWY_EXPORT(to_offset_bytes_here);

float int8_scale(const float* x, std::size_t size) {
  return HWY_DYNAMIC_DISPATCH(int8_scale_here)(x, size);
}

void to_offset_bytes(const float* x, std::size_t size, float inverse, std::uint8_t* bytes) {
  HWY_DYNAMIC_DISPATCH(to_offset_bytes_here)(x, size, inverse, bytes);
}

}  // namespace pno::infer
#endif  // HWY_ONCE
