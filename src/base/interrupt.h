#pragma once

// Ctrl-C, SIGTERM and SIGHUP set a flag that long loops check, so that they end by returning.

#include <string_view>

namespace pno {

// Signals within this time count as one: `timeout` sends SIGTERM to a process and then to its
// group, and Ctrl-C in a terminal reaches a process and the one that runs it.
inline constexpr int kOneSignalMs = 300;
// After this time a program that ends patiently is killed by its second signal.
inline constexpr int kPatienceMs = 5000;

// From now on the first SIGINT, SIGTERM or SIGHUP (the terminal was closed) sets the flag; a second
// one kills the process. A signal that was ignored stays ignored.
void catch_interrupts();

// The same for work that takes a while to end well: at the first signal `sentence` is written to
// stderr at once, as a line; a second one within kPatienceMs only repeats it. The third, or a
// second one after that time, kills. An empty sentence is not written. At most 200 bytes are.
void catch_interrupts_patiently(std::string_view sentence);

// True if a signal has set the flag.
bool interrupted() noexcept;

// For tests, and for a program that continues after an interrupt. False also forgets the signals
// before.
void set_interrupted(bool value) noexcept;

}  // namespace pno
