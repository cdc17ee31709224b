// Forward: tokens to logits. Backward: the loss to the gradients of the weights.
//
//   x = sqrt(C) (embedding[token] (+ role_embedding[role - 1]))  (+ sinusoid)
//   each layer:  x += attention_out · attention(attention_norm(x))
//                x += ff_out · activation(ff_in · ff_norm(x))
//   logits = output · final_norm(x)
//
// Pre-norm residual layers: Xiong et al. 2020, arXiv 2002.04745, figure 1 (b).

#include "model/reference.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "model/parameters.h"
#include "model/reference_layers.h"

namespace pno::model::reference {
namespace {

using Tokens = std::span<const std::uint16_t>;
using Roles = std::span<const std::uint8_t>;

// Activations of one layer that backward needs.
struct LayerTrace {
  Matrix input;           // [T, C]
  Matrix attention_norm;  // [T, C]
  Matrix qkv;             // [T, 3A]
  Matrix attended;        // [T, A], head by head
  Matrix middle;          // [T, C], after the attention's residual
  Matrix ff_norm;         // [T, C]
  Matrix ff_in;           // [T, F], before the activation
  Matrix activated;       // [T, F]
};

struct Trace {
  std::vector<LayerTrace> layers;
  Matrix last;        // [T, C], after the last layer
  Matrix final_norm;  // [T, C]
  Matrix logits;      // [T, V]
};

// The model with its weights by name.
class Model {
 public:
  Model(const ModelConfig& config, const VocabularySize& vocabulary, const Weights& weights)
      : config_(config), vocabulary_(vocabulary), weights_(weights) {
    for (const auto& parameter : parameters(config, vocabulary)) {
      const auto found = weights.find(parameter.name);
      PNO_CHECK(found != weights.end(), "a parameter is missing");
      PNO_CHECK(found->second.size() == static_cast<std::size_t>(parameter.size()),
                "a parameter has the wrong size");
    }
  }

  Trace forward(Tokens tokens, Roles roles) const;
  Gradients backward(Tokens tokens, Roles roles, const Trace& trace, View dlogits) const;

 private:
  static std::string layer_name(std::size_t layer, std::string_view of) {
    return fmt::format("layers.{}.{}", layer, of);
  }
  View weight(std::string_view name) const { return weights_.find(name)->second; }
  View weight(std::size_t layer, std::string_view of) const {
    return weight(layer_name(layer, of));
  }
  std::string_view output_name() const {
    return config_.tie_embeddings ? "embedding" : "output.weight";
  }
  // [V, C]: with tied embeddings the first V rows of the embedding.
  View output_weight() const { return weight(output_name()).first(outputs() * C_); }

  Matrix embed(Tokens tokens, Roles roles) const;
  // role_embedding[role - 1]; empty for role 0, played.
  View role_row(Roles roles, std::size_t t) const;
  LayerTrace layer_forward(std::size_t layer, Matrix& x) const;
  void layer_backward(std::size_t layer, const LayerTrace& trace, Matrix& dx,
                      Gradients& gradients) const;
  Matrix attention_forward(std::size_t layer, View qkv) const;
  Matrix attention_backward(std::size_t layer, View qkv, View dattended,
                            Gradients& gradients) const;

  // The columns of one head in qkv [T, 3A], [T, D]. `part` is 0 for queries, 1 keys, 2 values.
  Matrix head_of(View qkv, std::size_t head, std::size_t part) const;
  // The rows of one head in a table [H, R, D]; empty if the model has none.
  View table_of(std::size_t layer, std::string_view name, std::size_t head, bool has_it) const;

  std::size_t inputs() const { return static_cast<std::size_t>(vocabulary_.inputs); }
  std::size_t outputs() const { return static_cast<std::size_t>(vocabulary_.outputs); }
  std::size_t heads() const { return static_cast<std::size_t>(config_.heads); }
  std::size_t head_width() const { return static_cast<std::size_t>(config_.head_width()); }

  const ModelConfig& config_;
  VocabularySize vocabulary_;
  const Weights& weights_;
  std::size_t C_ = static_cast<std::size_t>(config_.width);
  std::size_t A_ = static_cast<std::size_t>(config_.attention_width);
  std::size_t F_ = static_cast<std::size_t>(config_.ff_width);
};

View Model::role_row(Roles roles, std::size_t t) const {
  const std::size_t role = roles.empty() ? 0 : roles[t];
  PNO_CHECK(role == 0 || (vocabulary_.has_roles() && role <= kRoleRows),
            "a role that the model does not have");
  return role == 0 ? View() : weight("role_embedding").subspan((role - 1) * C_, C_);
}

Matrix Model::embed(Tokens tokens, Roles roles) const {
  const auto embedding = weight("embedding");
  Matrix x;
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    PNO_CHECK(tokens[t] < inputs(), "a token is outside the vocabulary");
    const auto role = role_row(roles, t);
    for (std::size_t c = 0; c < C_; ++c) {
      const double vector = embedding[tokens[t] * C_ + c] + (role.empty() ? 0 : role[c]);
      const double value = std::sqrt(static_cast<double>(C_)) * vector;
      x.push_back(config_.has_sinusoids() ? value + sinusoid(t, c, C_) : value);
    }
  }
  return x;
}

Matrix Model::head_of(View qkv, std::size_t head, std::size_t part) const {
  const std::size_t T = qkv.size() / (3 * A_), D = head_width();
  Matrix columns;
  for (std::size_t t = 0; t < T; ++t) {
    const auto row = qkv.subspan(t * 3 * A_ + part * A_ + head * D, D);
    columns.insert(columns.end(), row.begin(), row.end());
  }
  return columns;
}

View Model::table_of(std::size_t layer, std::string_view name, std::size_t head,
                     bool has_it) const {
  if (!has_it) return {};
  const std::size_t size = static_cast<std::size_t>(config_.max_distance) * head_width();
  return weight(layer, name).subspan(head * size, size);
}

Matrix Model::attention_forward(std::size_t layer, View qkv) const {
  const std::size_t T = qkv.size() / (3 * A_), D = head_width();
  Matrix attended(T * A_);
  for (std::size_t h = 0; h < heads(); ++h) {
    const auto q = head_of(qkv, h, 0), k = head_of(qkv, h, 1), v = head_of(qkv, h, 2);
    const auto out = attend(
        config_, Head{q, k, v, table_of(layer, "relative_keys", h, config_.has_relative_keys()),
                      table_of(layer, "relative_values", h, config_.has_relative_values())});
    for (std::size_t t = 0; t < T; ++t) {
      for (std::size_t d = 0; d < D; ++d) attended[t * A_ + h * D + d] = out[t * D + d];
    }
  }
  return attended;
}

Matrix Model::attention_backward(std::size_t layer, View qkv, View dattended,
                                 Gradients& gradients) const {
  const std::size_t T = qkv.size() / (3 * A_), D = head_width();
  Matrix dqkv(qkv.size());
  for (std::size_t h = 0; h < heads(); ++h) {
    const auto q = head_of(qkv, h, 0), k = head_of(qkv, h, 1), v = head_of(qkv, h, 2);
    Matrix dout(T * D);
    for (std::size_t t = 0; t < T; ++t) {
      for (std::size_t d = 0; d < D; ++d) dout[t * D + d] = dattended[t * A_ + h * D + d];
    }
    const Head head{q, k, v, table_of(layer, "relative_keys", h, config_.has_relative_keys()),
                    table_of(layer, "relative_values", h, config_.has_relative_values())};
    const auto gradient = attend_backward(config_, head, dout);
    for (std::size_t t = 0; t < T; ++t) {
      for (std::size_t d = 0; d < D; ++d) {
        double* into = &dqkv[t * 3 * A_ + h * D + d];
        into[0] = gradient.q[t * D + d];
        into[A_] = gradient.k[t * D + d];
        into[2 * A_] = gradient.v[t * D + d];
      }
    }
    const auto put_table = [&](std::string_view name, View table) {
      if (table.empty()) return;
      std::copy(table.begin(), table.end(),
                gradients[layer_name(layer, name)].begin() +
                    static_cast<std::ptrdiff_t>(h * table.size()));
    };
    put_table("relative_keys", gradient.relative_keys);
    put_table("relative_values", gradient.relative_values);
  }
  return dqkv;
}

LayerTrace Model::layer_forward(std::size_t layer, Matrix& x) const {
  const auto w = [&](std::string_view of) { return weight(layer, of); };
  LayerTrace trace;
  trace.input = x;
  trace.attention_norm = layer_norm(x, w("attention_norm.weight"), w("attention_norm.bias"));
  trace.qkv = linear(trace.attention_norm, w("qkv.weight"), /*b=*/{}, C_);
  trace.attended = attention_forward(layer, trace.qkv);
  add(x, linear(trace.attended, w("attention_out.weight"), /*b=*/{}, A_));
  trace.middle = x;
  trace.ff_norm = layer_norm(x, w("ff_norm.weight"), w("ff_norm.bias"));
  trace.ff_in = linear(trace.ff_norm, w("ff_in.weight"), w("ff_in.bias"), C_);
  trace.activated = activate(config_.activation, trace.ff_in);
  add(x, linear(trace.activated, w("ff_out.weight"), w("ff_out.bias"), F_));
  return trace;
}

// `dx` holds the gradient of the layer's output, and on return that of its input.
void Model::layer_backward(std::size_t layer, const LayerTrace& trace, Matrix& dx,
                           Gradients& gradients) const {
  const auto w = [&](std::string_view of) { return weight(layer, of); };
  const auto g = [&](std::string_view of) { return std::span(gradients[layer_name(layer, of)]); };

  const auto dactivated = linear_backward(trace.activated, w("ff_out.weight"), dx, F_,
                                          g("ff_out.weight"), g("ff_out.bias"));
  const auto dff_in = activate_backward(config_.activation, trace.ff_in, dactivated);
  const auto dff_norm = linear_backward(trace.ff_norm, w("ff_in.weight"), dff_in, C_,
                                        g("ff_in.weight"), g("ff_in.bias"));
  add(dx, layer_norm_backward(trace.middle, w("ff_norm.weight"), dff_norm, g("ff_norm.weight"),
                              g("ff_norm.bias")));

  const auto dattended = linear_backward(trace.attended, w("attention_out.weight"), dx, A_,
                                         g("attention_out.weight"), /*db=*/{});
  const auto dqkv = attention_backward(layer, trace.qkv, dattended, gradients);
  const auto dattention_norm =
      linear_backward(trace.attention_norm, w("qkv.weight"), dqkv, C_, g("qkv.weight"), /*db=*/{});
  add(dx, layer_norm_backward(trace.input, w("attention_norm.weight"), dattention_norm,
                              g("attention_norm.weight"), g("attention_norm.bias")));
}

Trace Model::forward(Tokens tokens, Roles roles) const {
  PNO_CHECK(tokens.size() <= static_cast<std::size_t>(config_.context),
            "more tokens than the context holds");
  Trace trace;
  PNO_CHECK(roles.empty() || roles.size() == tokens.size(), "each token has a role");
  auto x = embed(tokens, roles);
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(config_.layers); ++layer) {
    trace.layers.push_back(layer_forward(layer, x));
  }
  trace.final_norm = layer_norm(x, weight("final_norm.weight"), weight("final_norm.bias"));
  trace.logits = linear(trace.final_norm, output_weight(), weight("output.bias"), C_);
  trace.last = std::move(x);
  return trace;
}

Gradients Model::backward(Tokens tokens, Roles roles, const Trace& trace, View dlogits) const {
  Gradients gradients;
  for (const auto& [name, values] : weights_) gradients[name].assign(values.size(), 0.0);
  const auto g = [&](std::string_view name) { return std::span(gradients.find(name)->second); };

  const auto dfinal_norm = linear_backward(trace.final_norm, output_weight(), dlogits, C_,
                                           g(output_name()), g("output.bias"));
  auto dx = layer_norm_backward(trace.last, weight("final_norm.weight"), dfinal_norm,
                                g("final_norm.weight"), g("final_norm.bias"));
  for (std::size_t layer = trace.layers.size(); layer-- > 0;) {
    layer_backward(layer, trace.layers[layer], dx, gradients);
  }
  const auto dembedding = g("embedding");
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const bool has_role = !role_row(roles, t).empty();
    for (std::size_t c = 0; c < C_; ++c) {
      const double gradient = std::sqrt(static_cast<double>(C_)) * dx[t * C_ + c];
      dembedding[tokens[t] * C_ + c] += gradient;
      if (has_role) g("role_embedding")[(roles[t] - std::size_t{1}) * C_ + c] += gradient;
    }
  }
  return gradients;
}

// Tokens as inputs, and those after them as targets.
struct Question {
  Tokens inputs, answers;                // [T - 1]
  Roles roles;                           // of the inputs
  std::span<const std::uint8_t> counts;  // of the answers

  Question(Tokens tokens, const TokenMarks& marks) {
    PNO_CHECK(tokens.size() >= 2, "nothing to predict");
    PNO_CHECK(marks.targets.empty() || marks.targets.size() == tokens.size(),
              "each token is a target or not");
    PNO_CHECK(marks.roles.empty() || marks.roles.size() == tokens.size(), "each token has a role");
    inputs = tokens.first(tokens.size() - 1);
    answers = tokens.subspan(1);
    if (!marks.roles.empty()) roles = marks.roles.first(inputs.size());
    if (!marks.targets.empty()) counts = marks.targets.subspan(1);
  }
};

}  // namespace

std::vector<double> forward(const ModelConfig& config, const VocabularySize& vocabulary,
                            const Weights& weights, Tokens tokens, Roles roles) {
  return Model(config, vocabulary, weights).forward(tokens, roles).logits;
}

double loss(const ModelConfig& config, const VocabularySize& vocabulary, const Weights& weights,
            Tokens tokens, const TokenMarks& marks) {
  const Question question(tokens, marks);
  const auto logits = forward(config, vocabulary, weights, question.inputs, question.roles);
  return cross_entropy(logits, question.answers, question.counts);
}

Gradients backward(const ModelConfig& config, const VocabularySize& vocabulary,
                   const Weights& weights, Tokens tokens, const TokenMarks& marks) {
  const Question question(tokens, marks);
  const Model model(config, vocabulary, weights);
  const auto trace = model.forward(question.inputs, question.roles);
  return model.backward(question.inputs, question.roles, trace,
                        cross_entropy_backward(trace.logits, question.answers, question.counts));
}

Weights random_weights(const ModelConfig& config, const VocabularySize& vocabulary,
                       std::uint64_t seed) {
  constexpr double kMove = 0.1;
  Weights weights;
  std::uint64_t stream = 0;
  for (const auto& parameter : parameters(config, vocabulary)) {
    auto values = initial_values(parameter, seed, stream);
    if (parameter.init != Parameter::Init::normal) {
      RandomStream random(seed, stream);
      for (double& value : values) value += kMove * random.normal();
    }
    weights[parameter.name] = std::move(values);
    ++stream;
  }
  return weights;
}

}  // namespace pno::model::reference
