#include "train/layers/norm_linear.h"

#include "model/parameters.h"
#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/precision.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormLinear : torch::autograd::Function<NormLinear> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, const Tensor& matrix, Precision precision) {
    context->save_for_backward({x, weight, bias, matrix});
    save_precision(precision, context->saved_data);
    const auto C = x.size(1);
    auto out = torch::empty({x.size(0), matrix.size(0)}, x.options());
    const auto packed = PackedWeight::forward(matrix, precision);
    RowTasks(x).run({C}, [&](const RowWorkspace& chunk) {
      const auto normalised = chunk.buffer(0);
      norm_rows(chunk.data(x), weight.data_ptr<float>(), bias.data_ptr<float>(),
                normalised.data_ptr<float>(), chunk.rows(), C);
      chunk.multiply(packed, normalised, chunk.part(out));
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &bias = saved[2], &matrix = saved[3];
    const auto precision = saved_precision(context->saved_data);
    const auto gradient = gradients[0].contiguous();
    const auto C = x.size(1);
    const auto x_gradient = torch::zeros_like(x);
    const auto packed = PackedWeight::backward(matrix, precision);
    const RowTasks tasks(x, precision);
    enum : std::size_t { kWeight, kBias, kMatrix };
    const TaskSums sums(tasks.count(), {weight, bias, matrix});
    tasks.run({C, C}, sums, [&](const RowWorkspace& chunk) {
      const auto normalised = chunk.buffer(0), normalised_gradient = chunk.buffer(1);
      norm_rows(chunk.data(x), weight.data_ptr<float>(), bias.data_ptr<float>(),
                normalised.data_ptr<float>(), chunk.rows(), C);
      chunk.add_product(kMatrix, chunk.part(gradient), normalised);
      chunk.multiply(packed, chunk.part(gradient), normalised_gradient);
      norm_rows_backward(
          chunk.data(x), weight.data_ptr<float>(), normalised_gradient.data_ptr<float>(),
          {.x = chunk.data(x_gradient), .weight = chunk.sum(kWeight), .bias = chunk.sum(kBias)},
          chunk.rows(), C);
    });
    return {x_gradient, sums.total(kWeight), sums.total(kBias), sums.total(kMatrix), Tensor()};
  }
};

}  // namespace

torch::Tensor norm_linear(const Tensor& x, const Norm& norm, const Tensor& matrix,
                          Precision precision) {
  if (!has_row_kernels(x, matrix)) return composite::norm_linear(x, norm, matrix, precision);
  auto shape = x.sizes().vec();
  shape.back() = matrix.size(0);
  return NormLinear::apply(x.contiguous().view({-1, x.size(-1)}), norm.weight, norm.bias, matrix,
                           precision)
      .view(shape);
}

torch::Tensor composite::norm_linear(const Tensor& x, const Norm& norm, const Tensor& matrix,
                                     Precision precision) {
  return rounded_linear(layer_norm(x, norm), in_precision(matrix, precision));
}

torch::Tensor composite::layer_norm(const Tensor& x, const Norm& norm) {
  return torch::layer_norm(x, norm.weight.sizes(), norm.weight, norm.bias, model::kNormEpsilon);
}

}  // namespace pno::train
