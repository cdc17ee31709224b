// What the ranks of a run know of each other. The first one reads, writes and looks at the clock;
// all take the same steps, since whatever decides on them is the same number on each.

#include <algorithm>
#include <type_traits>

#include "base/interrupt.h"
#include "train/run/checkpoint_request.h"
#include "train/run/training_run.h"

namespace pno::train {
namespace {

enum Vote : std::size_t { kStop, kCheckpoint, kTimeIsUp, kSavedStep, kVotes };

}  // namespace

// Each has read its own dataset and flags: another model, or other music, would come to a sum that
// means nothing.
Expected<void> TrainingRun::share_config() const {
  if (ranks_.is_alone()) return {};
  const auto text = [](const std::pair<const std::string, std::string>& field) {
    return fmt::format("{} {}", field.first, field.second);
  };
  auto fields = config_;
  fields.erase("data.sources");  // the names of its files
  std::string own;
  for (const auto& field : fields) own += text(field) + '\n';
  const auto first = ranks_.broadcast(own);
  if (first == own) return {};
  for (const auto& field : fields) {
    if (('\n' + first).find('\n' + text(field) + '\n') != first.npos) continue;
    return fail("rank {} was given another dataset or other flags than rank 0: its {}",
                ranks_.rank(), text(field));
  }
  return fail("rank {} was given another dataset or other flags than rank 0", ranks_.rank());
}

// From where rank 0 begins, or goes back to, all go on.
void TrainingRun::share_state() {
  if (ranks_.is_alone()) return;
  static_assert(std::is_trivially_copyable_v<Progress>);
  auto saved = folder_.saved_step();
  ranks_.broadcast(std::as_writable_bytes(std::span(&progress_, 1)));
  ranks_.broadcast(std::as_writable_bytes(std::span(&saved, 1)));
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
