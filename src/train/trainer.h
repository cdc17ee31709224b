#pragma once

// Training: reads datasets, writes a run folder. Does not include LibTorch.
//
//   RUN/model.safetensors   best model on the validation split; without a split, the last one
//   RUN/metrics.jsonl       one JSON object per line: step, train_nll, learning_rate, …
//   RUN/tb/                 the same for TensorBoard
//   RUN/samples/            music of the model during training, if `on_sample` is given
//   RUN/checkpoint/         state for --resume

#include <functional>

#include "base/error.h"
#include "train/train_options.h"

namespace pno::train {

// Returns an error if the run folder holds a checkpoint and `resume` is false. On the CPU a resumed
// run equals an uninterrupted one bit for bit. If the process is interrupted, writes a checkpoint
// and returns an error of kind `interrupted` that says how to resume. If the loss is not finite,
// continues from the last checkpoint with half the learning rate; after a few times returns an
// error.
//
// A resumed run may change the result only by these options: the number of steps (the cosine
// schedule depends on it), the validations (they select the model that is saved), and the limit of
// minutes (the run validates once more when it ends).
//
// With several ranks, each calls it with the same options but its place. Only rank 0 uses
// `options.run` and reads the checkpoint; every rank reads the datasets and init_from. A lost rank
// is an error on every other within options.ranks.timeout_s. After an error the process should end
// by std::quick_exit: threads of LibTorch may still wait for the lost rank.
Expected<TrainResult> train(const TrainOptions& options,
                            const std::function<void(const StepReport&)>& report,
                            const SampleListener& on_sample = {});

}  // namespace pno::train
