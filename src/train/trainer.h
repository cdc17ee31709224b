#pragma once

// Training: crops in, a run folder out. LibTorch stays behind this header.
//
//   RUN/model.safetensors   best on validation; the last where none was measured
//   RUN/metrics.jsonl       one JSON object a line: step, train_nll, learning_rate, …
//   RUN/tb/                 the same for TensorBoard
//   RUN/samples/            what it plays meanwhile, where somebody listens to `on_sample`
//   RUN/checkpoint/         what --resume needs

#include <functional>

#include "base/error.h"
#include "train/train_options.h"

namespace pno::train {

// A run folder that holds a checkpoint is an Error without `resume`; a resumed run equals an
// uninterrupted one bit for bit on the CPU. Interrupted, it writes a checkpoint and returns an
// Error of kind `interrupted` that says how to go on. A loss that is no number sends it back to the
// last checkpoint with half the learning rate, a few times, before it is an Error.
//
// Only what resuming changes on purpose changes the result: more or fewer steps (where the rate of
// the cosine depends on their number), other validations (which choose the model that is saved),
// and a limit of minutes, since the run validates once more where that stops it.
//
// With several ranks, each calls it with the same options but its place. Only rank 0 uses
// `options.run` and reads the checkpoint; every rank reads the datasets and init_from. A lost rank
// is an error on every other within options.ranks.timeout_s. After an error the process should end
// by std::quick_exit: threads of LibTorch may still wait for the lost rank.
Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report,
                            const SampleListener& on_sample = {});

}  // namespace pno::train
