// What the ranks of a run know of each other. The first one reads, writes and looks at the clock;
// all take the same steps, since whatever decides on them is the same number on each.

#include "base/interrupt.h"
#include "train/run/checkpoint_request.h"
#include "train/run/training_run.h"

namespace pno::train {
namespace {

enum Vote : std::size_t { kStop, kCheckpoint, kTimeIsUp, kSavedStep, kVotes };

}  // namespace

// From where rank 0 begins, or goes back to, all go on.
void TrainingRun::share_state() {
  if (ranks_.is_alone()) return;
  Progress::fields(progress_, [&](std::string_view, auto& value) {
    PNO_CHECK(read_progress(ranks_.broadcast(progress_text(value)), value),
              "rank 0 sent a field of its progress that cannot be read");
  });
  std::int64_t saved = -1;
  PNO_CHECK(read_number(ranks_.broadcast(field_text(folder_.saved_step())), saved),
            "rank 0 sent no step");
  if (!ranks_.is_first()) folder_.follow(saved);
  for (const auto& part : learner_->state()) ranks_.broadcast(part);
}

std::vector<double> TrainingRun::votes() const {
  if (ranks_.is_alone()) return {};
  std::vector<double> votes(kVotes);
  votes[kStop] = interrupted() ? 1 : 0;
  votes[kCheckpoint] = take_checkpoint_request() ? 1 : 0;
  if (ranks_.is_first()) {
    votes[kTimeIsUp] = is_time_up_here() ? 1 : 0;
    votes[kSavedStep] = static_cast<double>(folder_.saved_step());
  }
  return votes;
}

void TrainingRun::take_votes(const std::vector<double>& sums) {
  if (ranks_.is_alone()) return;
  agreed_ = {.stop = sums[kStop] > 0,
             .checkpoint = sums[kCheckpoint] > 0,
             .time_is_up = sums[kTimeIsUp] > 0};
  if (!ranks_.is_first()) folder_.follow(static_cast<std::int64_t>(sums[kSavedStep]));
}

bool TrainingRun::is_stopped() const {
  return ranks_.is_alone() ? interrupted() : agreed_.stop;
}

bool TrainingRun::is_time_up() const {
  return ranks_.is_alone() ? is_time_up_here() : agreed_.time_is_up;
}

bool TrainingRun::is_time_up_here() const {
  return options_.max_minutes > 0 && clock_.seconds() >= options_.max_minutes * 60;
}

}  // namespace pno::train
