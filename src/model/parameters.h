#pragma once

// The one list of a model's parameters: names, shapes, how they begin. The trainer creates them by
// it, the engine checks a file against it, the reference reads them by it.
//
// V vocabulary, C width, A attention_width, F ff_width, H heads, D = A / H head width,
// R max_distance
//
//   embedding                     [V, C]      x = sqrt(C) embedding[token] (+ sinusoid)
//   layers.N.attention_norm.weight, .bias  [C]
//   layers.N.qkv.weight           [3A, C]     rows: queries, keys, values; each head by head
//   layers.N.relative_keys        [H, R, D]   not for absolute
//   layers.N.relative_values      [H, R, D]   for shaw
//   layers.N.attention_out.weight [C, A]
//   layers.N.ff_norm.weight, .bias         [C]
//   layers.N.ff_in.weight, .bias  [F, C], [F]
//   layers.N.ff_out.weight, .bias [C, F], [C]
//   final_norm.weight, .bias      [C]
//   output.weight, .bias          [V, C], [V] the weight not with tie_embeddings
//
// How they begin: biases 0, norms 1, the rest normal, such that a signal of variance 1 stays one:
//   - linear layers 1/sqrt(fan in); ff_out sqrt(2/F), for the activation before it halves the
//     second moment (He et al. 2015, arXiv 1502.01852, equation 10);
//   - the two that add to the residual stream, attention_out and ff_out, 1/sqrt(2·layers) of that,
//     so that all 2·layers of them together add variance 1 (Radford et al. 2019, section 2.3);
//   - embeddings 1/sqrt(C): x = sqrt(C)·embedding begins with variance 1, and so do the logits,
//     tied or not;
//   - relative tables 1/sqrt(D): beside content logits of variance 1 the relative ones begin with
//     1/D, so a model starts near plain attention and learns how far distances matter.

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace pno::model {

struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
  enum class Init { zeros, ones, normal } init = Init::zeros;
  double stddev = 0;  // of `normal`

  std::int64_t size() const;
};

// In the order of the file. `vocabulary_size` counts BOS and EOS.
std::vector<Parameter> parameters(const ModelConfig& config, int vocabulary_size);

// A parameter's values at the start of training, in stream `stream` of the seed. Give every
// parameter a stream of its own, or layers begin as copies of each other.
std::vector<double> initial_values(const Parameter& parameter, std::uint64_t seed,
                                   std::uint64_t stream);

std::int64_t parameter_count(const ModelConfig& config, int vocabulary_size);

// Layer normalisation adds this to the variance.
inline constexpr double kNormEpsilon = 1e-5;

}  // namespace pno::model
