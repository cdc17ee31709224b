#include "train/layers/linear_residual.h"

#include "train/kernels/dropout_kernels.h"
#include "train/layers/chunk_products.h"
#include "train/layers/precision.h"
#include "train/layers/rounded_linear.h"
#include "train/layers/row_tasks.h"

namespace pno::train {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LinearResidual : torch::autograd::Function<LinearResidual> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& branch,
                        const Tensor& matrix, const Dropout& dropout, Precision precision) {
    context->save_for_backward({branch, matrix});
    dropout.save(context->saved_data);
    save_precision(precision, context->saved_data);
    const auto C = x.size(1);
    const auto draws = dropout.draws(C);
    const auto out = torch::empty_like(x);
    const auto packed = PackedWeight::forward(matrix, precision);
    RowTasks(x).run(/*columns=*/{}, [&](const RowWorkspace& chunk) {
      chunk.multiply(packed, chunk.part(branch), chunk.part(out));
      add_dropped(
          draws, {.first = chunk.first() * C, .rows = chunk.rows(), .columns = C},
          {.x = chunk.data(x), .branch = chunk.data(out), .bias = nullptr, .out = chunk.data(out)});
    });
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &branch = saved[0], &matrix = saved[1];
    const auto dropout = Dropout::saved(context->saved_data);
    const auto precision = saved_precision(context->saved_data);
    const auto gradient = gradients[0].contiguous();
    const auto C = gradient.size(1);
    const auto draws = dropout.draws(C);
    const auto branch_gradient = torch::empty_like(branch);
    const auto packed = PackedWeight::backward(matrix, precision);
    const RowTasks tasks(gradient, precision);
    enum : std::size_t { kMatrix };
    const TaskSums sums(tasks.count(), {matrix});
    tasks.run({C}, sums, [&](const RowWorkspace& chunk) {
      const auto dropped = chunk.buffer(0);
      drop_backward(draws, {.first = chunk.first() * C, .rows = chunk.rows(), .columns = C},
                    {.gradient = chunk.data(gradient),
                     .out = dropped.data_ptr<float>(),
                     .bias_gradient = nullptr});
      chunk.add_product(kMatrix, dropped, chunk.part(branch));
      chunk.multiply(packed, dropped, chunk.part(branch_gradient));
    });
    return {gradient, branch_gradient, sums.total(kMatrix), Tensor(), Tensor()};
  }
};

}  // namespace

torch::Tensor linear_residual(const Tensor& x, const Tensor& branch, const Tensor& matrix,
                              const Dropout& dropout, Precision precision) {
  if (!has_row_kernels(x, matrix)) {
    return composite::linear_residual(x, branch, matrix, dropout, precision);
  }
  return LinearResidual::apply(x.contiguous().view({-1, x.size(-1)}),
                               branch.contiguous().view({-1, branch.size(-1)}), matrix, dropout,
                               precision)
      .view(x.sizes());
}

torch::Tensor composite::linear_residual(const Tensor& x, const Tensor& branch,
                                         const Tensor& matrix, const Dropout& dropout,
                                         Precision precision) {
  return x + dropout(rounded_linear(branch, in_precision(matrix, precision)).to(x.scalar_type()));
}

}  // namespace pno::train
