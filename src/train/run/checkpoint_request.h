#pragma once

// SIGUSR1 as a request: a checkpoint now, and on with the run. `kill -USR1`, and what Slurm sends
// before a job's time is up (--signal=USR1@120).

namespace pno::train {

// From now on SIGUSR1 is kept until it is taken, where it would have killed the process.
void catch_checkpoint_requests();

// Whether one has come since the last call.
bool take_checkpoint_request() noexcept;

}  // namespace pno::train
