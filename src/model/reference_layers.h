#pragma once

// The operations of a layer other than attention, each with its gradient. Matrices are row-major. A
// backward function adds to the gradients of the weights and returns the gradient of its input.
//
// T time, N channels in, M channels out

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/config.h"

namespace pno::model::reference {

using Matrix = std::vector<double>;
using View = std::span<const double>;

// y = x w^T + b: x [T, N], w [M, N], b [M] or empty; y [T, M].
Matrix linear(View x, View w, View b, std::size_t inputs);
Matrix linear_backward(View x, View w, View dy, std::size_t inputs, std::span<double> dw,
                       std::span<double> db);

// Layer normalisation (Ba et al. 2016, arXiv 1607.06450): each row of x [T, N] to mean 0 and
// variance 1 (with kNormEpsilon), times w [N] plus b [N].
Matrix layer_norm(View x, View w, View b);
Matrix layer_norm_backward(View x, View w, View dy, std::span<double> dw, std::span<double> db);

// relu, or gelu with the exact error function: x Φ(x) (Hendrycks and Gimpel 2016, arXiv
// 1606.08415).
Matrix activate(Activation kind, View x);
Matrix activate_backward(Activation kind, View x, View dy);

// Mean over the rows of logits [T, V] of -log softmax(row)[target]; and its gradient. Only rows t
// with counts[t] = 1 count, all if `counts` is empty; at least one.
double cross_entropy(View logits, std::span<const std::uint16_t> targets,
                     std::span<const std::uint8_t> counts);
Matrix cross_entropy_backward(View logits, std::span<const std::uint16_t> targets,
                              std::span<const std::uint8_t> counts);

// sin(t / 10000^(c/C)) in even channels c, the cosine of the same angle in the odd one after it
// (Vaswani et al. 2017, section 3.5).
double sinusoid(std::size_t t, std::size_t c, std::size_t width);

// into += from
void add(Matrix& into, View from);

}  // namespace pno::model::reference
