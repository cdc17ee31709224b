// pno panic: ends every note on a MIDI port.

#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "cli/commands/commands.h"
#include "cli/instrument.h"

namespace pno::cli {
namespace {

// NOTE_OFF for every pitch, because some devices ignore All Notes Off; then the pedals, then CC 123
// and 120, on all channels. Paced for a cable of 31,250 bit/s.
void end_all_notes(live::MidiOutput& output) {
  constexpr auto kMessageTime = std::chrono::microseconds(1000);
  const auto send = [&](int status, int first, int second) {
    const std::array bytes = {static_cast<std::uint8_t>(status), static_cast<std::uint8_t>(first),
                              static_cast<std::uint8_t>(second)};
    output.send(bytes);
    std::this_thread::sleep_for(kMessageTime);
  };
  for (int channel = 0; channel < 16; ++channel) {
    for (int pitch = 0; pitch < 128; ++pitch) send(0x80 | channel, pitch, 64);
    for (const int controller : {64, 66, 67, 123, 120}) send(0xB0 | channel, controller, 0);
  }
}

Expected<Answer> panic(const InstrumentFlags& flags) {
  PNO_TRY(const auto lists, instrument_lists(flags));
  if (!lists.empty()) return Answer{lists, {}};
  if (flags.out.empty()) return fail_usage("name the port, --port NAME; --list-ports lists them");
  PNO_TRY(const auto instrument, open_instrument(flags, Instrument::Out::port, {}));
  // A JACK port that was connected just now drops what is sent before the next period.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  end_all_notes(instrument->output());
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return Answer{"all notes ended\n", {{"port", flags.out}}};
}

}  // namespace

void add_panic(Program& program) {
  auto flags = std::make_shared<InstrumentFlags>();
  CLI::App& app = program.add({.name = "panic",
                               .summary = "End every note on a MIDI port",
                               .example = "  pno panic --port Disklavier",
                               .run = [flags] { return panic(*flags); }});
  add_port_flags(app, *flags, "--port");
}

}  // namespace pno::cli
