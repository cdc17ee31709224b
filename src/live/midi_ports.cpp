#include "live/midi_ports.h"

#include <dlfcn.h>
#include <fmt/ranges.h>
#include <rtmidi/RtMidi.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <thread>
#include <utility>

namespace pno::live {
namespace {

constexpr const char* kSequencer = "/dev/snd/seq";  // of ALSA

// The last message of RtMidi on this thread. It would print messages if it had no callback; with
// one it does not throw after a port was made.
thread_local std::string last_message;

void keep_message(RtMidiError::Type /*type*/, const std::string& message, void* /*data*/) {
  last_message = message;
}

// The constructors of RtMidi have no callback yet and print, and so does the library of JACK. The
// errors that this file returns say what is wrong.
class Quiet {
 public:
  Quiet() : before_(std::cerr.rdbuf(nullptr)) {
    using Silence = void (*)(void (*)(const char*));
    if (void* set = ::dlsym(RTLD_DEFAULT, "jack_set_error_function")) {
      reinterpret_cast<Silence>(set)([](const char*) {});
    }
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() {
    std::cerr.rdbuf(before_);
    std::cerr.clear();
  }

 private:
  std::streambuf* before_;
};

bool has_alsa() {
  return ::access(kSequencer, R_OK | W_OK) == 0;
}

// Without ALSA's sequencer, as in most containers, JACK.
Expected<RtMidi::Api> api_of(MidiApi api) {
  if (api == MidiApi::jack) return RtMidi::UNIX_JACK;
  if (has_alsa()) return RtMidi::LINUX_ALSA;
  if (api == MidiApi::alsa) {
    return fail(
        "{}: cannot be opened, so ALSA has no MIDI ports; load the module snd-seq or use "
        "--midi-api jack",
        kSequencer);
  }
  return RtMidi::UNIX_JACK;
}

template <class Port>
Expected<std::unique_ptr<Port>> new_port(MidiApi wanted, const std::string& client) {
  PNO_TRY(const auto api, api_of(wanted));
  const Quiet quiet;
  try {
    std::unique_ptr<Port> port;
    if constexpr (std::is_same_v<Port, RtMidiIn>) {
      port = std::make_unique<RtMidiIn>(api, client + "-in", /*queueSizeLimit=*/1024);
    } else {
      port = std::make_unique<RtMidiOut>(api, client + "-out");
    }
    port->setErrorCallback(keep_message, nullptr);
    return port;
  } catch (const RtMidiError& error) {
    return fail("the MIDI system {} cannot be used: {}; is its service running?",
                RtMidi::getApiDisplayName(api), error.getMessage());
  }
}

std::vector<std::string> names_of(RtMidi& port) {
  std::vector<std::string> names;
  for (unsigned i = 0; i < port.getPortCount(); ++i) names.push_back(port.getPortName(i));
  return names;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

// The index of a port by its name; -1: it is not there.
int find_port(RtMidi& port, const std::string& name) {
  const auto names = names_of(port);
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

Expected<void> open_port(RtMidi& port, const std::string& name, const char* direction) {
  try {
    last_message.clear();
    if (name == kVirtualPort) {
      port.openVirtualPort(direction);
    } else {
      const int index = find_port(port, name);
      if (index < 0) return fail("{}: the MIDI port is not there; connect it", name);
      port.openPort(static_cast<unsigned>(index), direction);
    }
  } catch (const RtMidiError& error) {
    last_message = error.getMessage();
  }
  if (last_message.empty()) return {};
  return fail("{}: the MIDI port does not open: {}", name, last_message);
}

}  // namespace

Expected<PortNames> list_ports(MidiApi api) {
  PNO_TRY(auto in, new_port<RtMidiIn>(api, "pno-list"));
  PNO_TRY(auto out, new_port<RtMidiOut>(api, "pno-list"));
  last_message.clear();
  (void)in->getPortCount();
  if (!last_message.empty()) {
    return fail("the MIDI system {} cannot be used: {}",
                RtMidi::getApiDisplayName(in->getCurrentApi()), last_message);
  }
  return PortNames{RtMidi::getApiDisplayName(in->getCurrentApi()), names_of(*in), names_of(*out)};
}

Expected<std::string> choose_port(const std::string& name, const std::vector<std::string>& ports,
                                  const std::string& direction) {
  if (name == kVirtualPort) return name;
  std::vector<std::string> matches;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i] == name || std::to_string(i + 1) == name) return ports[i];
    if (lower(ports[i]).find(lower(name)) != std::string::npos) matches.push_back(ports[i]);
  }
  if (matches.size() == 1) return matches.front();
  if (matches.size() > 1) {
    return fail_usage(
        "'{}' is a part of {} MIDI {} ports: {}; give more of the name, or its number", name,
        matches.size(), direction, fmt::join(matches, ", "));
  }
  if (ports.empty()) {
    return fail("no MIDI {0} port is named '{1}', nor any other; connect one, or use --{0} virtual",
                direction, name);
  }
  return fail_usage("no MIDI {} port is named '{}'; there are: {}", direction, name,
                    fmt::join(ports, ", "));
}

MidiPorts::MidiPorts(PortOptions options, Receive receive)
    : options_(std::move(options)), receive_(std::move(receive)) {}

MidiPorts::~MidiPorts() {
  close_out();
  in_.reset();
}

Expected<std::unique_ptr<MidiPorts>> MidiPorts::open(const PortOptions& options, Receive receive) {
  std::unique_ptr<MidiPorts> ports(new MidiPorts(options, std::move(receive)));
  if (!options.in.empty()) PNO_TRY_VOID(ports->open_in());
  if (!options.out.empty()) PNO_TRY_VOID(ports->open_out());
  return ports;
}

Expected<void> MidiPorts::open_in() {
  PNO_TRY(in_, new_port<RtMidiIn>(options_.api, options_.client));
  in_->ignoreTypes(/*midiSysex=*/true, /*midiTime=*/true, /*midiSense=*/true);
  in_->setCallback([](double /*passed_s*/, std::vector<unsigned char>* message,
                      void* data) { static_cast<MidiPorts*>(data)->receive_(*message); },
                   this);
  PNO_TRY_VOID(open_port(*in_, options_.in, "in"));
  has_in_ = true;
  return {};
}

Expected<void> MidiPorts::open_out() {
  PNO_TRY(out_, new_port<RtMidiOut>(options_.api, options_.client));
  PNO_TRY_VOID(open_port(*out_, options_.out, "out"));
  has_out_ = true;
  usable_out_.store(out_.get());
  return {};
}

void MidiPorts::close_out() noexcept {
  usable_out_.store(nullptr);
  while (is_sending_.load()) std::this_thread::yield();
  out_.reset();
}

void MidiPorts::send(std::span<const std::uint8_t> message) noexcept {
  is_sending_.store(true);
  if (auto* out = usable_out_.load()) {
    try {
      out->sendMessage(message.data(), message.size());
    } catch (...) {
      // The port was lost; watch() finds out.
    }
  }
  is_sending_.store(false);
}

MidiPorts::Changes MidiPorts::watch() {
  Changes changes;
  const auto is_there = [](RtMidi* port, const std::string& name) {
    try {
      return port != nullptr && find_port(*port, name) >= 0;
    } catch (const RtMidiError&) {
      return false;
    }
  };
  if (!options_.in.empty() && options_.in != kVirtualPort) {
    if (has_in_ && !is_there(in_.get(), options_.in)) {
      in_.reset();
      has_in_ = false;
      changes.in_lost = true;
    } else if (!has_in_) {
      changes.in_back = open_in().has_value();
      if (!changes.in_back) in_.reset();
    }
  }
  if (!options_.out.empty() && options_.out != kVirtualPort) {
    if (has_out_ && !is_there(out_.get(), options_.out)) {
      close_out();
      has_out_ = false;
      changes.out_lost = true;
    } else if (!has_out_) {
      changes.out_back = open_out().has_value();
      if (!changes.out_back) close_out();
    }
  }
  return changes;
}

}  // namespace pno::live
