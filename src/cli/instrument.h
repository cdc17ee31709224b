#pragma once

// Where pno plays to: a MIDI port, or FluidSynth with an audio driver; and the keyboard that it
// listens to. The flags of pno play, jam and panic for them.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "live/midi_output.h"

namespace pno::cli {

struct InstrumentFlags {
  std::string in, out;               // MIDI ports; empty: none
  std::string api = "auto";          // auto, alsa, jack
  std::string driver;                // of the sound; empty: the first that opens
  std::filesystem::path sound_file;  // for the driver "file"
  std::filesystem::path soundfont;
  int sample_rate = 48000, period = 128;
  bool list_ports = false, list_drivers = false;
};

// --port (the name of the flag is `port_flag`) and --midi-api; --list-ports.
void add_port_flags(CLI::App& app, InstrumentFlags& flags, const std::string& port_flag);
// --driver, --sound-file, --soundfont, --sample-rate, --period; --list-drivers.
void add_sound_flags(CLI::App& app, InstrumentFlags& flags);

// The output of --list-ports and --list-drivers; empty if neither was given.
Expected<std::string> instrument_lists(const InstrumentFlags& flags);

class Instrument {
 public:
  using Receive = std::function<void(std::span<const std::uint8_t>)>;
  enum class Out { port_or_sound, port_or_nothing, port };

  virtual ~Instrument() = default;
  virtual live::MidiOutput& output() = 0;
  // "port X, sound by jack, 48000 Hz, a period of 2.7 ms": a clause for the person.
  virtual std::string description() const = 0;
  // Looks for ports that are lost or back, and opens them. Returns a sentence for the person about
  // each change. Call it about once a second.
  struct Watcher {
    std::function<void()> keyboard_lost, output_back;
  };
  virtual std::string watch(const Watcher& watcher) = 0;
  // The time between two buffers of the sound, if it is played here; else 0.
  virtual double period_ms() const = 0;
  // How often the sound had a gap because samples came too late; empty if the sound is not played
  // here, or if its driver does not tell.
  virtual std::optional<std::int64_t> under_runs() const = 0;
};

// Opens the keyboard if `flags.in` names one, and the output: the port if `flags.out` names one,
// else the sound or nothing. Returns an error if this build has neither, or if something does not
// open.
Expected<std::unique_ptr<Instrument>> open_instrument(const InstrumentFlags& flags,
                                                      Instrument::Out out,
                                                      Instrument::Receive receive);

// The first keyboard among the ports; empty: there is none.
std::string find_keyboard(const InstrumentFlags& flags);

}  // namespace pno::cli
