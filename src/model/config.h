#pragma once

// The configuration of a model, docs/design.md section 4: a decoder-only, pre-norm transformer as
// in Music Transformer (Huang et al. 2018, arXiv 1809.04281).

#include <array>
#include <cstdint>

#include "base/error.h"
#include "base/fields.h"

namespace pno::model {

enum class Attention {
  absolute,        // scaled dot product (Vaswani et al. 2017)
  relative,        // (q·k + q·E[h, i-j]) / sqrt(d_head) over all distances
  relative_local,  // the same over the query's own and the previous block
  shaw,            // Shaw et al. 2018: distances clipped, relative keys and values
};
constexpr auto enum_names(Attention) {
  return std::array{"absolute", "relative", "relative_local", "shaw"};
}

enum class Position {
  automatic,  // sinusoidal for absolute attention, none for the others
  none,
  sinusoidal,  // added to the embedding (Vaswani et al. 2017, section 3.5)
};
constexpr auto enum_names(Position) {
  return std::array{"automatic", "none", "sinusoidal"};
}

enum class Activation { relu, gelu };
constexpr auto enum_names(Activation) {
  return std::array{"relu", "gelu"};
}

struct ModelConfig {
  int layers = 6;
  int heads = 8;
  int width = 256;            // channels per position
  int attention_width = 256;  // of queries, keys and values, over all heads
  int ff_width = 1024;        // of the feed-forward layer
  int context = 1024;         // positions of a training crop and of the KV cache
  int max_distance = 1024;    // rows of a relative table: distances 0 … max_distance - 1
  int block = 512;            // positions of a block, for relative_local
  double dropout = 0.1;
  Attention attention = Attention::relative;
  Position position = Position::automatic;
  Activation activation = Activation::relu;
  bool tie_embeddings = false;  // the output matrix is the embedding

  // The one list of fields: used by flags, presets, the model file and --help.
  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("layers", c.layers, "decoder blocks");
    visit("heads", c.heads, "attention heads; must divide attention_width");
    visit("width", c.width, "channels per position");
    visit("attention_width", c.attention_width, "channels of queries, keys and values, all heads");
    visit("ff_width", c.ff_width, "channels of the feed-forward layer");
    visit("context", c.context, "positions the model sees at once");
    visit("max_distance", c.max_distance, "distances with a relative embedding of their own");
    visit("block", c.block, "positions of a block, for relative_local");
    visit("dropout", c.dropout, "fraction of activations dropped in training");
    visit("attention", c.attention, "kind of attention");
    visit("position", c.position, "kind of absolute position");
    visit("activation", c.activation, "of the feed-forward layer");
    visit("tie_embeddings", c.tie_embeddings, "use the embedding as the output matrix too");
  }

  bool operator==(const ModelConfig&) const = default;

  // Returns an error with the name and range of the first field that is out of range.
  Expected<void> validate() const;

  int head_width() const { return attention_width / heads; }
  bool has_relative_keys() const { return attention != Attention::absolute; }
  bool has_relative_values() const { return attention == Attention::shaw; }
  // Whether sinusoids are added; resolves Position::automatic.
  bool has_sinusoids() const {
    return position == Position::sinusoidal ||
           (position == Position::automatic && attention == Attention::absolute);
  }
};

}  // namespace pno::model
