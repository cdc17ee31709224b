#include "train/layers/norm_linear.h"

#include "model/parameters.h"
#include "train/kernels/norm_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormLinear : torch::autograd::Function<NormLinear> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, const Tensor& matrix) {
    context->save_for_backward({x, weight, bias, matrix});
    const auto C = x.size(1);
    auto out = torch::empty({x.size(0), matrix.size(0)}, x.options());
    const auto packed = PackedWeight::forward(matrix);
    const RowTasks tasks(x.size(0));
    tasks.run(
        [&](std::int64_t) {
          return torch::empty({RowTasks::kChunk, C}, x.options());
        },
        [&](const Tensor& buffer, std::int64_t first, std::int64_t rows) {
          const auto normal = buffer.narrow(0, 0, rows);
          norm_rows(x.data_ptr<float>() + first * C, weight.data_ptr<float>(),
                    bias.data_ptr<float>(), normal.data_ptr<float>(), rows, C);
          packed.multiply(normal, out.narrow(0, first, rows));
        });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &bias = saved[2], &matrix = saved[3];
    const auto gradient = gradients[0].contiguous();
    const auto C = x.size(1);
    const auto x_gradient = torch::zeros_like(x);
    const auto packed = PackedWeight::backward(matrix);
    const RowTasks tasks(x.size(0));
    const TaskSums weights(tasks, weight), biases(tasks, bias), matrices(tasks, matrix);
    struct Own {
      Tensor normal, normal_gradient, weight, bias;
      WeightGradient matrix;
    };
    tasks.run(
        [&](std::int64_t task) {
          const auto buffer = [&] { return torch::empty({RowTasks::kChunk, C}, x.options()); };
          return Own{buffer(), buffer(), weights.of(task), biases.of(task),
                     WeightGradient(matrices.of(task))};
        },
        [&](const Own& own, std::int64_t first, std::int64_t rows) {
          const auto* const chunk = x.data_ptr<float>() + first * C;
          const auto normal = own.normal.narrow(0, 0, rows);
          const auto normal_gradient = own.normal_gradient.narrow(0, 0, rows);
          const auto part = gradient.narrow(0, first, rows);
          norm_rows(chunk, weight.data_ptr<float>(), bias.data_ptr<float>(),
                    normal.data_ptr<float>(), rows, C);
          own.matrix.add(part, normal);
          packed.multiply(part, normal_gradient);
          norm_rows_backward(chunk, weight.data_ptr<float>(), normal_gradient.data_ptr<float>(),
                             {.x = x_gradient.data_ptr<float>() + first * C,
                              .weight = own.weight.data_ptr<float>(),
                              .bias = own.bias.data_ptr<float>()},
                             rows, C);
        });
    return {x_gradient, weights.total(), biases.total(), matrices.total()};
  }
};

}  // namespace

torch::Tensor norm_linear(const Tensor& x, const Norm& norm, const Tensor& matrix) {
  if (!has_row_kernels(x, matrix)) return composite::norm_linear(x, norm, matrix);
  auto shape = x.sizes().vec();
  shape.back() = matrix.size(0);
  return NormLinear::apply(x.contiguous().view({-1, x.size(-1)}), norm.weight, norm.bias, matrix)
      .view(shape);
}

torch::Tensor composite::norm_linear(const Tensor& x, const Norm& norm, const Tensor& matrix) {
  return rounded_linear(layer_norm(x, norm), matrix);
}

torch::Tensor composite::layer_norm(const Tensor& x, const Norm& norm) {
  return torch::layer_norm(x, norm.weight.sizes(), norm.weight, norm.bias, model::kNormEpsilon);
}

}  // namespace pno::train
