// One head of attention, forward and backward.
//
//   logit[i, j] = (q_i · k_j + q_i · E[r]) / sqrt(D)         j <= i
//   a[i, :]     = softmax of logit[i, :]
//   out_i       = sum over j of a[i, j] (v_j + EV[r])
//
// relative: Huang et al. 2018, equation 3 (S_rel is q · E); relative_local: their section 3.5;
// shaw: Shaw et al. 2018, equations 3 and 4 (E is a^K, EV is a^V). r is the row of distance i - j.

#include <algorithm>
#include <cmath>
#include <optional>

#include "model/reference.h"

namespace pno::model::reference {
namespace {

std::size_t positions(const ModelConfig& config, const Head& head) {
  return head.q.size() / static_cast<std::size_t>(config.head_width());
}

// The first key that query i attends to.
std::size_t first_key(const ModelConfig& config, std::size_t i) {
  if (config.attention != Attention::relative_local) return 0;
  const auto block = static_cast<std::size_t>(config.block);
  const std::size_t own_block = i / block;
  return own_block == 0 ? 0 : (own_block - 1) * block;
}

// The row of the relative tables for a distance; none if the relative term is zero.
std::optional<std::size_t> table_row(const ModelConfig& config, std::size_t distance) {
  const auto rows = static_cast<std::size_t>(config.max_distance);
  if (config.attention == Attention::absolute) return std::nullopt;
  if (config.attention == Attention::shaw) return std::min(distance, rows - 1);
  return distance < rows ? std::optional(distance) : std::nullopt;
}

std::span<const double> row_of(std::span<const double> matrix, std::size_t row, std::size_t width) {
  return matrix.subspan(row * width, width);
}
std::span<double> row_of(std::vector<double>& matrix, std::size_t row, std::size_t width) {
  return std::span(matrix).subspan(row * width, width);
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += a[d] * b[d];
  return sum;
}

// into += factor · from
void add(std::span<double> into, double factor, std::span<const double> from) {
  for (std::size_t d = 0; d < into.size(); ++d) into[d] += factor * from[d];
}

void check_shapes(const ModelConfig& config, const Head& head) {
  const auto D = static_cast<std::size_t>(config.head_width());
  const std::size_t table = static_cast<std::size_t>(config.max_distance) * D;
  const std::size_t T = positions(config, head);
  PNO_CHECK(head.q.size() == T * D && head.k.size() == T * D && head.v.size() == T * D,
            "q, k and v are [T, D]");
  PNO_CHECK(head.relative_keys.size() == (config.has_relative_keys() ? table : 0),
            "relative keys are [R, D]");
  PNO_CHECK(head.relative_values.size() == (config.has_relative_values() ? table : 0),
            "relative values are [R, D]");
  PNO_CHECK(head.weight_factors.empty() || head.weight_factors.size() == T * T,
            "weight factors are [T, T]");
}

// a[i, j] for all j; zero if query i does not attend to key j.
std::vector<double> weights_of_query(const ModelConfig& config, const Head& head, std::size_t i) {
  const auto D = static_cast<std::size_t>(config.head_width());
  const auto q = row_of(head.q, i, D);
  const std::size_t first = first_key(config, i);
  std::vector<double> weights(positions(config, head), 0.0);
  double largest = -INFINITY;
  for (std::size_t j = first; j <= i; ++j) {
    double logit = dot(q, row_of(head.k, j, D));
    if (const auto r = table_row(config, i - j)) logit += dot(q, row_of(head.relative_keys, *r, D));
    weights[j] = logit / std::sqrt(static_cast<double>(D));
    largest = std::max(largest, weights[j]);
  }
  double sum = 0;
  for (std::size_t j = first; j <= i; ++j) sum += weights[j] = std::exp(weights[j] - largest);
  for (std::size_t j = first; j <= i; ++j) weights[j] /= sum;
  return weights;
}

// The factor on an attention weight; 1 without dropout.
double factor_of(const Head& head, std::size_t T, std::size_t i, std::size_t j) {
  return head.weight_factors.empty() ? 1 : head.weight_factors[i * T + j];
}

}  // namespace

std::vector<double> attend(const ModelConfig& config, const Head& head) {
  check_shapes(config, head);
  const auto D = static_cast<std::size_t>(config.head_width());
  const std::size_t T = positions(config, head);
  std::vector<double> output(T * D, 0.0);
  for (std::size_t i = 0; i < T; ++i) {
    const auto weights = weights_of_query(config, head, i);
    const auto out = row_of(output, i, D);
    for (std::size_t j = 0; j <= i; ++j) {
      const double weight = weights[j] * factor_of(head, T, i, j);
      add(out, weight, row_of(head.v, j, D));
      if (const auto r = table_row(config, i - j); r && config.has_relative_values()) {
        add(out, weight, row_of(head.relative_values, *r, D));
      }
    }
  }
  return output;
}

// With g = output_gradient_i and f the weight factor, by the chain rule:
//   da[i, j]     = f[i, j] g · (v_j + EV[r])
//   dlogit[i, j] = a[i, j] (da[i, j] - sum over m of a[i, m] da[i, m])
HeadGradients attend_backward(const ModelConfig& config, const Head& head,
                              std::span<const double> output_gradient) {
  check_shapes(config, head);
  PNO_CHECK(output_gradient.size() == head.q.size(), "the output's gradient is [T, D]");
  const auto D = static_cast<std::size_t>(config.head_width());
  const std::size_t T = positions(config, head);
  const double scale = 1 / std::sqrt(static_cast<double>(D));
  const auto zeros_like = [](std::span<const double> x) { return std::vector(x.size(), 0.0); };
  HeadGradients gradient{zeros_like(head.q), zeros_like(head.k), zeros_like(head.v),
                         zeros_like(head.relative_keys), zeros_like(head.relative_values)};

  for (std::size_t i = 0; i < T; ++i) {
    const auto a = weights_of_query(config, head, i);
    const auto g = row_of(output_gradient, i, D);
    std::vector<double> da(i + 1);
    double mean = 0;
    for (std::size_t j = 0; j <= i; ++j) {
      const double factor = factor_of(head, T, i, j);
      const auto r = table_row(config, i - j);
      da[j] = dot(g, row_of(head.v, j, D));
      add(row_of(gradient.v, j, D), a[j] * factor, g);
      if (r && config.has_relative_values()) {
        da[j] += dot(g, row_of(head.relative_values, *r, D));
        add(row_of(gradient.relative_values, *r, D), a[j] * factor, g);
      }
      da[j] *= factor;
      mean += a[j] * da[j];
    }
    for (std::size_t j = 0; j <= i; ++j) {
      const double dlogit = scale * a[j] * (da[j] - mean);
      add(row_of(gradient.q, i, D), dlogit, row_of(head.k, j, D));
      add(row_of(gradient.k, j, D), dlogit, row_of(head.q, i, D));
      if (const auto r = table_row(config, i - j)) {
        add(row_of(gradient.q, i, D), dlogit, row_of(head.relative_keys, *r, D));
        add(row_of(gradient.relative_keys, *r, D), dlogit, row_of(head.q, i, D));
      }
    }
  }
  return gradient;
}

}  // namespace pno::model::reference
