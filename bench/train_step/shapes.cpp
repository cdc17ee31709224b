#include "train_step/shapes.h"

#include "cli/preset.h"
#include "events/vocabulary.h"
#include "train/config.h"

namespace pno::bench {
namespace {

// Shapes that ports of Music Transformer to PyTorch were measured on.
Shape port_shape(const std::string& name, int width, std::int64_t batch, int context) {
  return {.name = name,
          .model = {.layers = 6,
                    .heads = 8,
                    .width = width,
                    .attention_width = width,
                    .ff_width = 1024,
                    .context = context,
                    .max_distance = context},
          .vocabulary_size = events::kPerformance.inputs(),
          .batch = batch};
}

}  // namespace

Expected<Shape> shape_of_preset(const std::string& preset, std::int64_t batch) {
  Shape shape;
  shape.name = preset;
  train::TrainConfig train;
  PNO_TRY_VOID(cli::apply_preset(preset, shape.model, train));
  PNO_TRY(const auto vocabulary, events::vocabulary_by_name(train.vocabulary));
  shape.vocabulary_size = vocabulary.inputs();
  shape.batch = batch > 0 ? batch : train.batch;
  return shape;
}

Expected<std::vector<Shape>> named_shapes() {
  PNO_TRY(auto pno_ai, shape_of_preset("pno-ai", 16));
  PNO_TRY(auto paper, shape_of_preset("paper", 1));
  auto paper_16k = paper;
  paper_16k.name = "paper-16k";
  paper_16k.model.context = 16384;
  paper_16k.once = true;
  return std::vector<Shape>{std::move(pno_ai),
                            port_shape("width-256", 256, 4, 1024),
                            port_shape("width-256-long", 256, 2, 2048),
                            std::move(paper),
                            port_shape("width-512", 512, 1, 2048),
                            std::move(paper_16k)};
}

}  // namespace pno::bench
