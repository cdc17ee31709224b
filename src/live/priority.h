#pragma once

// Real-time priority of a thread that sends notes.

namespace pno::live {

// Gives the calling thread real-time priority (SCHED_FIFO), above usual programs and below JACK.
// Returns false if the system does not grant it. Does not throw.
bool use_real_time_priority() noexcept;

}  // namespace pno::live
