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
// With several ranks each is called with the same options but its place. `options.run` is of rank 0
// alone, which also reads the checkpoint; the datasets and init_from are read by each. A lost rank
// is an Error on each other, within a minute; threads that wait for it may be left behind, so that
// the process should end by std::quick_exit.
Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report,
                            const SampleListener& on_sample = {});

}  // namespace pno::train
