#pragma once

// Ctrl-C, SIGTERM and SIGHUP set a flag that long loops check, so that they end by returning.

namespace pno {

// From now on the first SIGINT, SIGTERM or SIGHUP (the terminal was closed) sets the flag; a second
// one kills the process. A signal that was ignored stays ignored.
void catch_interrupts();

// True if a signal has set the flag.
bool interrupted() noexcept;

// For tests, and for a program that continues after an interrupt.
void set_interrupted(bool value) noexcept;

}  // namespace pno
