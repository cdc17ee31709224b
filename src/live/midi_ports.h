#pragma once

// The MIDI ports of this computer, through RtMidi: ALSA or JACK on Linux. A port that disappears
// is opened again when it is back.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "live/midi_output.h"

class RtMidiIn;
class RtMidiOut;

namespace pno::live {

enum class MidiApi { automatic, alsa, jack };
constexpr auto enum_names(MidiApi) {
  return std::array{"auto", "alsa", "jack"};
}

struct PortNames {
  std::string api;  // "ALSA" or "JACK"
  std::vector<std::string> in, out;
};

// Returns an error if the MIDI system of the computer cannot be used.
Expected<PortNames> list_ports(MidiApi api);

// The port of a list that `name` is or is a part of (ignoring case), or whose number it is, from 1
// on. Returns an error that lists the ports if there is none, or more than one.
Expected<std::string> choose_port(const std::string& name, const std::vector<std::string>& ports,
                                  const std::string& direction);

// The name of a port that other programs connect to.
inline constexpr const char* kVirtualPort = "virtual";

struct PortOptions {
  MidiApi api = MidiApi::automatic;
  std::string in = {}, out = {};  // names of list_ports(), kVirtualPort, or empty: none
  std::string client = "pno";     // other programs see the ports pno-in:in and pno-out:out
};

class MidiPorts : public MidiOutput {
 public:
  // Called with the bytes of each message, on a thread of RtMidi. Does not throw.
  using Receive = std::function<void(std::span<const std::uint8_t>)>;

  static Expected<std::unique_ptr<MidiPorts>> open(const PortOptions& options, Receive receive);
  ~MidiPorts() override;

  // Does not allocate or lock itself. If the port is lost, drops the message.
  void send(std::span<const std::uint8_t> message) noexcept override;

  // Looks whether a port has disappeared or is back, and opens it again. Call it about once a
  // second, on one thread.
  struct Changes {
    bool in_lost = false, in_back = false, out_lost = false, out_back = false;
  };
  Changes watch();

 private:
  MidiPorts(PortOptions options, Receive receive);
  Expected<void> open_in();
  Expected<void> open_out();
  void close_out() noexcept;

  PortOptions options_;
  Receive receive_;
  std::unique_ptr<RtMidiIn> in_;
  std::unique_ptr<RtMidiOut> out_;
  bool has_in_ = false, has_out_ = false;
  std::atomic<RtMidiOut*> usable_out_{nullptr};  // null while it is being opened
  std::atomic<bool> is_sending_{false};
};

}  // namespace pno::live
