#pragma once

// Ctrl-C and SIGTERM as a flag that long loops look at, so that they end by returning.

namespace pno {

// From now on the first SIGINT or SIGTERM sets the flag; a second one kills the process.
void catch_interrupts();

bool interrupted() noexcept;

// For tests, and for a program that goes on after one.
void set_interrupted(bool value) noexcept;

}  // namespace pno
