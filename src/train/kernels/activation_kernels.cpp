#include "train/kernels/activation_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/kernels/activation_kernels.cpp"
#include <hwy/foreach_target.h>
// Highway's required order: foreach_target.h comes before the headers that it includes again.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pno::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using simd::HWY_NAMESPACE::add_to;
using simd::HWY_NAMESPACE::for_each_vector;

struct Relu {
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V value(D d, V x) {
    return hn::Max(x, hn::Zero(d));
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V times_slope(D d, V x, V gradient) {
    return hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), gradient);
  }
};

// x · Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016, arXiv 1606.08415).
struct Gelu {
  // exp(-x²/2)
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V bell(D d, V x) {
    return hn::Exp(d, hn::Mul(hn::Mul(x, x), hn::Set(d, -0.5F)));
  }
  // Φ(x) with an error below 1e-7: erf by Abramowitz and Stegun, Handbook of Mathematical
  // Functions, 7.1.26.
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V phi(D d, V x, V bell_of_x) {
    constexpr float kRootOfHalf = 0.70710678F;
    const V one = hn::Set(d, 1.0F), half = hn::Set(d, 0.5F);
    const V t = hn::Div(one, hn::MulAdd(hn::Set(d, 0.3275911F * kRootOfHalf), hn::Abs(x), one));
    V sum = hn::Set(d, 1.061405429F);
    sum = hn::MulAdd(sum, t, hn::Set(d, -1.453152027F));
    sum = hn::MulAdd(sum, t, hn::Set(d, 1.421413741F));
    sum = hn::MulAdd(sum, t, hn::Set(d, -0.284496736F));
    sum = hn::MulAdd(sum, t, hn::Set(d, 0.254829592F));
    const V erf = hn::NegMulAdd(hn::Mul(sum, t), bell_of_x, one);  // of |x| / sqrt(2)
    return hn::MulAdd(hn::CopySign(erf, x), half, half);
  }
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V value(D d, V x) {
    return hn::Mul(x, phi(d, x, bell(d, x)));
  }
  // Φ(x) + x Φ'(x)
  template <class D, class V = hn::Vec<D>>
  static HWY_INLINE V times_slope(D d, V x, V gradient) {
    constexpr float kRootOfHalfOverPi = 0.39894228F;
    const V bell_of_x = bell(d, x);
    const V density = hn::Mul(bell_of_x, hn::Set(d, kRootOfHalfOverPi));
    return hn::Mul(gradient, hn::MulAdd(x, density, phi(d, x, bell_of_x)));
  }
};

template <class Function>
HWY_INLINE void activate_all(const float* inner, float* out, std::int64_t size) {
  for_each_vector(size, [=](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(Function::value(d, hn::LoadU(d, inner + i)), d, out + i);
  });
}

template <class Function>
HWY_INLINE void bias_and_activate(const float* bias, float* inner, float* out, std::int64_t rows,
                                  std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, inner += columns, out += columns) {
    for_each_vector(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      const auto x = hn::Add(hn::LoadU(d, inner + i), hn::LoadU(d, bias + i));
      hn::StoreU(x, d, inner + i);
      hn::StoreU(Function::value(d, x), d, out + i);
    });
  }
}

template <class Function>
HWY_INLINE void all_backward(const float* inner, float* gradient, float* bias_gradient,
                             std::int64_t rows, std::int64_t columns) {
  for (std::int64_t row = 0; row < rows; ++row, inner += columns, gradient += columns) {
    for_each_vector(columns, [=](auto d, std::int64_t i) HWY_ATTR {
      const auto before =
          Function::times_slope(d, hn::LoadU(d, inner + i), hn::LoadU(d, gradient + i));
      hn::StoreU(before, d, gradient + i);
      add_to(d, bias_gradient + i, before);
    });
  }
}

void activate_here(bool is_gelu, const float* inner, float* out, std::int64_t size) {
  is_gelu ? activate_all<Gelu>(inner, out, size) : activate_all<Relu>(inner, out, size);
}

void bias_activation_here(bool is_gelu, const float* bias, float* inner, float* out,
                          std::int64_t rows, std::int64_t columns) {
  is_gelu ? bias_and_activate<Gelu>(bias, inner, out, rows, columns)
          : bias_and_activate<Relu>(bias, inner, out, rows, columns);
}

void bias_activation_backward_here(bool is_gelu, const float* inner, float* gradient,
                                   float* bias_gradient, std::int64_t rows, std::int64_t columns) {
  is_gelu ? all_backward<Gelu>(inner, gradient, bias_gradient, rows, columns)
          : all_backward<Relu>(inner, gradient, bias_gradient, rows, columns);
}

}  // namespace pno::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pno::train {

HWY_EXPORT(activate_here);
HWY_EXPORT(bias_activation_here);
HWY_EXPORT(bias_activation_backward_here);

void activate(model::Activation activation, const float* inner, float* out, std::int64_t size) {
  HWY_DYNAMIC_DISPATCH(activate_here)(activation == model::Activation::gelu, inner, out, size);
}

void bias_activation(model::Activation activation, const float* bias, float* inner, float* out,
                     std::int64_t rows, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(bias_activation_here)
  (activation == model::Activation::gelu, bias, inner, out, rows, columns);
}

void bias_activation_backward(model::Activation activation, const float* inner, float* gradient,
                              float* bias_gradient, std::int64_t rows, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(bias_activation_backward_here)
  (activation == model::Activation::gelu, inner, gradient, bias_gradient, rows, columns);
}

}  // namespace pno::train
#endif  // HWY_ONCE
