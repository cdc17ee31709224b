#pragma once

// The one list of the parameters of a model: names, shapes, initialisation. The trainer creates
// them from it, the engine checks a file against it, the reference reads them by it.
//
// I inputs, O outputs (equal without roles), C width, A attention_width, F ff_width, H heads,
// D = A / H head width, R max_distance
//
//   embedding                     [I, C]      x = sqrt(C) embedding[token] (+ sinusoid)
//   role_embedding                [3, C]      with roles: x = sqrt(C) (embedding[token] +
//                                             role_embedding[role - 1]); role 0, played, adds 0
//   layers.N.attention_norm.weight, .bias  [C]
//   layers.N.qkv.weight           [3A, C]     rows: queries, keys, values; each head by head
//   layers.N.relative_keys        [H, R, D]   not for absolute
//   layers.N.relative_values      [H, R, D]   only for shaw
//   layers.N.attention_out.weight [C, A]
//   layers.N.ff_norm.weight, .bias         [C]
//   layers.N.ff_in.weight, .bias  [F, C], [F]
//   layers.N.ff_out.weight, .bias [C, F], [C]
//   final_norm.weight, .bias      [C]
//   output.weight, .bias          [O, C], [O] no weight with tie_embeddings: the first O rows of
//   the
//                                             embedding
//
// Initialisation: biases and role_embedding 0, norms 1, the rest normal with standard deviations
// that keep the variance of activations at 1:
//   - linear layers 1/sqrt(fan in); ff_out sqrt(2/F), for the activation before it halves the
//     second moment (He et al. 2015, arXiv 1502.01852, equation 10);
//   - attention_out and ff_out, which add to the residual stream, are scaled by 1/sqrt(2·layers),
//   so
//     that all 2·layers of them together add variance 1 (Radford et al. 2019, section 2.3);
//   - embeddings 1/sqrt(C): x = sqrt(C)·embedding has variance 1, and so have the logits, tied or
//     not;
//   - relative tables 1/sqrt(D): q·k / sqrt(D) has variance 1 and q·E / sqrt(D) only 1/D, so that a
//     model starts close to plain attention.

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/vocabulary_size.h"

namespace pno::model {

struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
  enum class Init { zeros, ones, normal } init = Init::zeros;
  double stddev = 0;  // of `normal`
  // Matrices of a layer: this many stand one below the other, each a map of its own (qkv: one for
  // each of queries, keys and values of each head). 0: embedding, table, norm or bias.
  std::int64_t matrices = 0;

  std::int64_t size() const;
};

// In the order of the file. `vocabulary` counts BOS and EOS.
std::vector<Parameter> parameters(const ModelConfig& config, const VocabularySize& vocabulary);

// The values of a parameter at the start of training, from stream `stream` of the seed. Use a
// different stream for every parameter, or layers start as copies of each other.
std::vector<double> initial_values(const Parameter& parameter, std::uint64_t seed,
                                   std::uint64_t stream);

std::int64_t parameter_count(const ModelConfig& config, const VocabularySize& vocabulary);

// Added to the variance in layer normalisation.
inline constexpr double kNormEpsilon = 1e-5;

}  // namespace pno::model
