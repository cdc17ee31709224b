#pragma once

// The flags of pno jam.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "base/fields.h"
#include "cli/instrument.h"
#include "infer/kernels/precision.h"
#include "live/duet.h"

namespace pno::cli {

struct JamFlags {
  std::string model;
  InstrumentFlags instrument;
  live::DuetOptions duet;
  TextFields sampler, limits, controls;
  std::string keyboard_controls;  // see read_controls()
  std::string monitor = "auto";
  int channel = 1, threads = 1, takeover_controller = live::kSoftController, takeover_key = -1;
  bool duet_at_once = false;
  std::optional<std::uint64_t> seed;
  infer::Precision precision = infer::Precision::automatic;
  std::filesystem::path mock, record;
  double mock_seconds = 60, mock_speed = 1, seconds = 0;
  bool no_record = false, without_view = false, calibrate = false;
};

void add_jam_flags(CLI::App& app, JamFlags& flags);

// "density=20,loudness=21", or the name of a TOML file with the lines "density = 20" and
// "loudness = 21"; see live::ControlMap.
Expected<live::ControlMap> read_controls(const std::string& text);

}  // namespace pno::cli
