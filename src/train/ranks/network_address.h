#pragma once

// What this machine's network says, asked before c10d is, whose own words go to stderr.

#include <chrono>
#include <string>

namespace pno::train {

// The address from which this machine reaches `host`, by the kernel's routes: no packet is sent.
// Empty where there is none.
std::string own_address(const std::string& host, int port);

// Why nobody answers there, "Connection refused"; empty where somebody does.
std::string why_no_answer(const std::string& host, int port, std::chrono::milliseconds timeout);

// Why this process cannot listen there; empty where it can.
std::string why_no_listening(int port);

}  // namespace pno::train
