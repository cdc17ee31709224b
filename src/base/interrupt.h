#pragma once

// Ctrl-C, SIGTERM and SIGHUP as a flag that long loops look at, so that they end by returning.

namespace pno {

// From now on the first SIGINT, SIGTERM or SIGHUP (a terminal that is gone) sets the flag; a second
// one kills the process. A signal that was ignored still is.
void catch_interrupts();

bool interrupted() noexcept;

// For tests, and for a program that goes on after one.
void set_interrupted(bool value) noexcept;

}  // namespace pno
