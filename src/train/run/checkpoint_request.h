#pragma once

// SIGUSR1 requests a checkpoint; the run continues. For `kill -USR1`, and for Slurm, which can send
// it before a job's time is up (--signal=USR1@120).

namespace pno::train {

// From now on SIGUSR1 sets a flag instead of killing the process.
void catch_checkpoint_requests();

// True if SIGUSR1 came since the last call. Does not throw.
bool take_checkpoint_request() noexcept;

}  // namespace pno::train
