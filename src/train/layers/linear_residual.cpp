#include "train/layers/linear_residual.h"

#include "train/kernels/dropout_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LinearResidual : torch::autograd::Function<LinearResidual> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& branch,
                        const Tensor& matrix, const Dropout& dropout) {
    context->save_for_backward({branch, matrix});
    dropout.save(context->saved_data);
    const auto C = x.size(1);
    const auto draws = dropout.draws(C);
    const auto out = torch::empty_like(x);
    const auto packed = PackedWeight::forward(matrix);
    const RowTasks tasks(x.size(0));
    tasks.run([](std::int64_t) { return nullptr; },
              [&](std::nullptr_t, std::int64_t first, std::int64_t rows) {
                const auto part = out.narrow(0, first, rows);
                packed.multiply(branch.narrow(0, first, rows), part);
                auto* const into = part.data_ptr<float>();
                add_dropped(draws, first * C, x.data_ptr<float>() + first * C, into,
                            /*bias=*/nullptr, into, rows, C);
              });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &branch = saved[0], &matrix = saved[1];
    const auto dropout = Dropout::saved(context->saved_data);
    const auto gradient = gradients[0].contiguous();
    const auto C = gradient.size(1);
    const auto draws = dropout.draws(C);
    const auto branch_gradient = torch::empty_like(branch);
    const auto packed = PackedWeight::backward(matrix);
    const RowTasks tasks(gradient.size(0));
    const TaskSums matrices(tasks, matrix);
    struct Own {
      Tensor dropped;
      WeightGradient matrix;
    };
    tasks.run(
        [&](std::int64_t task) {
          return Own{torch::empty({RowTasks::kChunk, C}, gradient.options()),
                     WeightGradient(matrices.of(task))};
        },
        [&](const Own& own, std::int64_t first, std::int64_t rows) {
          const auto dropped = own.dropped.narrow(0, 0, rows);
          drop_backward(draws, first * C, gradient.data_ptr<float>() + first * C,
                        dropped.data_ptr<float>(), /*bias_gradient=*/nullptr, rows, C);
          own.matrix.add(dropped, branch.narrow(0, first, rows));
          packed.multiply(dropped, branch_gradient.narrow(0, first, rows));
        });
    return {gradient, branch_gradient, matrices.total(), Tensor()};
  }
};

}  // namespace

torch::Tensor linear_residual(const Tensor& x, const Tensor& branch, const Tensor& matrix,
                              const Dropout& dropout) {
  if (!has_row_kernels(x, matrix)) return composite::linear_residual(x, branch, matrix, dropout);
  return LinearResidual::apply(x.contiguous().view({-1, x.size(-1)}),
                               branch.contiguous().view({-1, branch.size(-1)}), matrix, dropout)
      .view(x.sizes());
}

torch::Tensor composite::linear_residual(const Tensor& x, const Tensor& branch,
                                         const Tensor& matrix, const Dropout& dropout) {
  return x + dropout(rounded_linear(branch, matrix).to(x.scalar_type()));
}

}  // namespace pno::train
