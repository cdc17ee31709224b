#include "train/attention/attention.h"

#include "train/attention/attention_composite.h"
#include "train/attention/attention_cpu.h"
#include "train/attention/attention_cuda_tensors.h"

namespace pno::train {
namespace {

using torch::Tensor;

bool uses_fused_cpu(const AttentionInputs& in) {
  return in.options.way == AttentionWay::best && fused_cpu::supports(in);
}
bool uses_fused_cuda(const AttentionInputs& in) {
  return in.options.way == AttentionWay::best && fused_cuda::supports(in);
}

AttentionOutput forward(const AttentionInputs& in) {
  if (uses_fused_cuda(in)) return fused_cuda::forward(in);
  if (uses_fused_cpu(in)) return fused_cpu::forward(in);
  return composite::forward(in);
}

AttentionGradients backward(const AttentionInputs& in, const AttentionOutput& output,
                            const Tensor& out_gradient) {
  if (uses_fused_cuda(in)) return fused_cuda::backward(in, output, out_gradient);
  if (uses_fused_cpu(in)) return fused_cpu::backward(in, output, out_gradient);
  return composite::backward(in, output, out_gradient);
}

// An autograd function needs all of its inputs defined: an empty tensor stands for no table.
Tensor to_input(const Tensor& table, const Tensor& like) {
  return table.defined() ? table.contiguous()
                         : torch::empty({0}, like.options().requires_grad(false));
}
Tensor from_input(const Tensor& input) {
  return input.numel() > 0 ? input : Tensor();
}

struct AttendFunction : torch::autograd::Function<AttendFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& qkv,
                        const Tensor& key_input, const Tensor& value_input,
                        const AttentionOptions& options) {
    const AttentionInputs in{qkv, from_input(key_input), from_input(value_input), options};
    const auto output = train::forward(in);
    const auto row_log_sum = to_input(output.row_log_sum, qkv);
    context->save_for_backward({qkv, key_input, value_input, output.out, row_log_sum});
    auto& kept = context->saved_data;
    kept["heads"] = options.heads;
    kept["block"] = options.block;
    kept["clipped"] = options.clipped;
    options.dropout.save(kept);
    kept["way"] = static_cast<std::int64_t>(options.way);
    save_precision(options.precision, kept);
    return output.out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    auto& kept = context->saved_data;
    const AttentionInputs in{.qkv = saved[0],
                             .key_table = from_input(saved[1]),
                             .value_table = from_input(saved[2]),
                             .options = {.heads = kept["heads"].toInt(),
                                         .block = kept["block"].toInt(),
                                         .clipped = kept["clipped"].toBool(),
                                         .dropout = Dropout::saved(kept),
                                         .way = static_cast<AttentionWay>(kept["way"].toInt()),
                                         .precision = saved_precision(kept)}};
    const auto found =
        train::backward(in, {saved[3], from_input(saved[4])}, gradients[0].contiguous());
    return {found.qkv, found.key_table, found.value_table, Tensor()};
  }
};

}  // namespace

torch::Tensor attend(const torch::Tensor& qkv, const torch::Tensor& key_table,
                     const torch::Tensor& value_table, const AttentionOptions& options) {
  const AttentionInputs in{qkv.contiguous(), key_table, value_table, options};
  if (qkv.scalar_type() == torch::kBFloat16 && !uses_fused_cuda(in)) {
    // The other implementations sum in the type of their inputs.
    return attend(qkv.to(torch::kFloat), key_table, value_table, options).to(torch::kBFloat16);
  }
  return AttendFunction::apply(in.qkv, to_input(key_table, qkv), to_input(value_table, qkv),
                               options);
}

}  // namespace pno::train
