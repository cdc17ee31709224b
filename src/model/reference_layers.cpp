#include "model/reference_layers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/parameters.h"

namespace pno::model::reference {
namespace {

struct Moments {
  double mean, inverse_stddev;
};

Moments moments(View row) {
  const auto N = static_cast<double>(row.size());
  double mean = 0, variance = 0;
  for (const double x : row) mean += x / N;
  for (const double x : row) variance += (x - mean) * (x - mean) / N;
  return {mean, 1 / std::sqrt(variance + kNormEpsilon)};
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}
double normal_density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

Matrix softmax(View row) {
  const double largest = *std::max_element(row.begin(), row.end());
  Matrix p(row.begin(), row.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - largest);
  for (double& x : p) x /= sum;
  return p;
}

bool does_count(std::span<const std::uint8_t> counts, std::size_t t) {
  return counts.empty() || counts[t] != 0;
}

double number_counted(std::size_t T, std::span<const std::uint8_t> counts) {
  std::size_t number = 0;
  for (std::size_t t = 0; t < T; ++t) number += does_count(counts, t) ? 1 : 0;
  PNO_CHECK(number > 0, "a loss counts at least one target");
  return static_cast<double>(number);
}

}  // namespace

Matrix linear(View x, View w, View b, std::size_t inputs) {
  const std::size_t N = inputs, M = w.size() / N, T = x.size() / N;
  Matrix y(T * M);
  for (std::size_t t = 0; t < T; ++t) {
    for (std::size_t m = 0; m < M; ++m) {
      double sum = b.empty() ? 0 : b[m];
      for (std::size_t n = 0; n < N; ++n) sum += x[t * N + n] * w[m * N + n];
      y[t * M + m] = sum;
    }
  }
  return y;
}

Matrix linear_backward(View x, View w, View dy, std::size_t inputs, std::span<double> dw,
                       std::span<double> db) {
  const std::size_t N = inputs, M = w.size() / N, T = x.size() / N;
  Matrix dx(T * N, 0.0);
  for (std::size_t t = 0; t < T; ++t) {
    for (std::size_t m = 0; m < M; ++m) {
      const double g = dy[t * M + m];
      if (!db.empty()) db[m] += g;
      for (std::size_t n = 0; n < N; ++n) {
        dx[t * N + n] += g * w[m * N + n];
        dw[m * N + n] += g * x[t * N + n];
      }
    }
  }
  return dx;
}

Matrix layer_norm(View x, View w, View b) {
  const std::size_t N = w.size();
  Matrix y(x.size());
  for (std::size_t first = 0; first < x.size(); first += N) {
    const auto [mean, inverse_stddev] = moments(x.subspan(first, N));
    for (std::size_t n = 0; n < N; ++n) {
      y[first + n] = (x[first + n] - mean) * inverse_stddev * w[n] + b[n];
    }
  }
  return y;
}

// With z = (x - mean) / stddev and g = w dy: dx = (g - mean(g) - z mean(g z)) / stddev.
Matrix layer_norm_backward(View x, View w, View dy, std::span<double> dw, std::span<double> db) {
  const std::size_t N = w.size();
  Matrix dx(x.size());
  for (std::size_t first = 0; first < x.size(); first += N) {
    const auto [mean, inverse_stddev] = moments(x.subspan(first, N));
    Matrix z(N);
    double mean_g = 0, mean_gz = 0;
    for (std::size_t n = 0; n < N; ++n) {
      z[n] = (x[first + n] - mean) * inverse_stddev;
      const double g = w[n] * dy[first + n];
      mean_g += g / static_cast<double>(N);
      mean_gz += g * z[n] / static_cast<double>(N);
      dw[n] += dy[first + n] * z[n];
      db[n] += dy[first + n];
    }
    for (std::size_t n = 0; n < N; ++n) {
      dx[first + n] = (w[n] * dy[first + n] - mean_g - z[n] * mean_gz) * inverse_stddev;
    }
  }
  return dx;
}

Matrix activate(Activation kind, View x) {
  Matrix y(x.begin(), x.end());
  for (double& v : y) v = kind == Activation::relu ? std::max(v, 0.0) : v * normal_cdf(v);
  return y;
}

Matrix activate_backward(Activation kind, View x, View dy) {
  Matrix dx(dy.begin(), dy.end());
  for (std::size_t i = 0; i < dx.size(); ++i) {
    const double v = x[i];
    if (kind == Activation::relu) {
      dx[i] *= v > 0 ? 1 : 0;
    } else {
      dx[i] *= normal_cdf(v) + v * normal_density(v);
    }
  }
  return dx;
}

double cross_entropy(View logits, std::span<const std::uint16_t> targets,
                     std::span<const std::uint8_t> counts) {
  const std::size_t V = logits.size() / targets.size();
  double sum = 0;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (!does_count(counts, t)) continue;
    PNO_CHECK(targets[t] < V, "a target is outside the outputs");
    const auto row = logits.subspan(t * V, V);
    const double largest = *std::max_element(row.begin(), row.end());
    double total = 0;
    for (const double logit : row) total += std::exp(logit - largest);
    sum += largest + std::log(total) - row[targets[t]];
  }
  return sum / number_counted(targets.size(), counts);
}

Matrix cross_entropy_backward(View logits, std::span<const std::uint16_t> targets,
                              std::span<const std::uint8_t> counts) {
  const std::size_t V = logits.size() / targets.size();
  const double count = number_counted(targets.size(), counts);
  Matrix gradient;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (!does_count(counts, t)) {
      gradient.insert(gradient.end(), V, 0.0);
      continue;
    }
    PNO_CHECK(targets[t] < V, "a target is outside the outputs");
    auto row = softmax(logits.subspan(t * V, V));
    row[targets[t]] -= 1;
    for (const double value : row) gradient.push_back(value / count);
  }
  return gradient;
}

double sinusoid(std::size_t t, std::size_t c, std::size_t width) {
  const auto even = static_cast<double>(c - c % 2);
  const double angle =
      static_cast<double>(t) / std::pow(10000.0, even / static_cast<double>(width));
  return c % 2 == 0 ? std::sin(angle) : std::cos(angle);
}

void add(Matrix& into, View from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] += from[i];
}

}  // namespace pno::model::reference
