#pragma once

// How long an instrument takes to sound, by velocity, as a small TOML file that `pno jam
// --calibrate` writes:
//
//   ["Disklavier MIDI 1"]
//   velocities = [20, 64, 110]
//   latency_us = [41500, 30200, 24000]

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace pno::cli {

struct Latency {
  std::vector<int> velocities;   // 1..127, rising
  std::vector<double> delay_ms;  // of each; 0..2000

  // Between the velocities by straight lines, outside them as at the nearest one. Microseconds.
  std::array<std::int32_t, 128> by_velocity() const;
};

// $XDG_CONFIG_HOME/pno/latency.toml, else ~/.config/pno/latency.toml; empty without a home.
std::filesystem::path latency_path();

// The latency of a port; empty if the file or the port in it is not there. Returns an error if the
// file is not as above.
Expected<std::optional<Latency>> read_latency(const std::filesystem::path& path,
                                              const std::string& port);

// Adds or replaces the latency of a port.
Expected<void> write_latency(const std::filesystem::path& path, const std::string& port,
                             const Latency& latency);

}  // namespace pno::cli
