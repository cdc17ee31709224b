#include "cli/instrument.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/shared_flags.h"

#ifdef PNO_HAS_LIVE
#include "live/midi_ports.h"
#endif
#ifdef PNO_HAS_SOUND
#include "sound/live_synth.h"
#endif

namespace pno::cli {
namespace {

#ifdef PNO_HAS_LIVE
live::MidiApi api_of(const std::string& name) {
  live::MidiApi api{};
  (void)parse_field(name, api);
  return api;
}
#else
tl::unexpected<Error> without_ports() {
  return fail(
      "this pno was built without MIDI ports; install librtmidi-dev and build it with "
      "-DPNO_LIVE=ON");
}
#endif

struct Nothing : live::MidiOutput {
  void send(std::span<const std::uint8_t> /*message*/) noexcept override {}
};

class OpenInstrument : public Instrument {
 public:
  live::MidiOutput& output() override {
#ifdef PNO_HAS_LIVE
    if (has_out_port_) return *ports_;
#endif
#ifdef PNO_HAS_SOUND
    if (synth_) return *synth_;
#endif
    return nothing_;
  }

  std::string description() const override {
    return description_;
  }
  double period_ms() const override {
    return period_ms_;
  }

  std::optional<std::int64_t> under_runs() const override {
#ifdef PNO_HAS_SOUND
    if (synth_) return synth_->synth.under_runs();
#endif
    return std::nullopt;
  }

  std::string watch([[maybe_unused]] const Watcher& watcher) override {
    std::string text;
#ifdef PNO_HAS_LIVE
    if (!ports_) return text;
    const auto changes = ports_->watch();
    if (changes.in_lost) {
      watcher.keyboard_lost();
      text += "the keyboard was unplugged; its keys count as released\n";
    }
    if (changes.in_back) text += "the keyboard is back\n";
    if (changes.out_lost) text += "the output port is gone\n";
    if (changes.out_back) {
      watcher.output_back();
      text += "the output port is back\n";
    }
#endif
    return text;
  }

  Expected<void> open_ports([[maybe_unused]] const InstrumentFlags& flags,
                            [[maybe_unused]] Receive receive) {
#ifdef PNO_HAS_LIVE
    PNO_TRY(const auto names, live::list_ports(api_of(flags.api)));
    live::PortOptions options{.api = api_of(flags.api)};
    if (!flags.in.empty()) {
      PNO_TRY(options.in, live::choose_port(flags.in, names.in, "in"));
      say(fmt::format("listens to {}", options.in));
    }
    if (!flags.out.empty()) {
      PNO_TRY(options.out, live::choose_port(flags.out, names.out, "out"));
      say(fmt::format("plays to {}", options.out));
    }
    PNO_TRY(ports_, live::MidiPorts::open(options, std::move(receive)));
    has_out_port_ = !flags.out.empty();
    return {};
#else
    return without_ports();
#endif
  }

  Expected<void> open_sound([[maybe_unused]] const InstrumentFlags& flags) {
#ifdef PNO_HAS_SOUND
    PNO_TRY(auto synth, sound::LiveSynth::open({.soundfont = flags.soundfont,
                                                .driver = flags.driver,
                                                .file = flags.sound_file,
                                                .sample_rate = flags.sample_rate,
                                                .period_frames = flags.period}));
    period_ms_ = 1e3 * flags.period / flags.sample_rate;
    say(fmt::format("sound by {}, {} Hz, {}", synth.driver(), flags.sample_rate,
                    synth.latency_ms() > 0 ? fmt::format("{:.1f} ms of buffers", synth.latency_ms())
                                           : std::string("buffers as its server has them")));
    synth_ = std::make_unique<SynthOutput>(std::move(synth));
    return {};
#else
    return fail(
        "this pno was built without sound; build it with -DPNO_SOUND=ON, or send to a MIDI "
        "port");
#endif
  }

 private:
  void say(const std::string& clause) {
    description_ += (description_.empty() ? "" : ", ") + clause;
  }

#ifdef PNO_HAS_SOUND
  struct SynthOutput : live::MidiOutput {
    explicit SynthOutput(sound::LiveSynth synth_of) : synth(std::move(synth_of)) {}
    void send(std::span<const std::uint8_t> message) noexcept override { synth.send(message); }
    sound::LiveSynth synth;
  };
  std::unique_ptr<SynthOutput> synth_;
#endif
#ifdef PNO_HAS_LIVE
  std::unique_ptr<live::MidiPorts> ports_;
  bool has_out_port_ = false;
#endif
  Nothing nothing_;
  std::string description_;
  double period_ms_ = 0;
};

}  // namespace

void add_port_flags(CLI::App& app, InstrumentFlags& flags, const std::string& port_flag) {
  const std::string group = "MIDI ports";
  app.add_option(port_flag, flags.out,
                 "MIDI port to play to: its name, a part of it, its number, or 'virtual'")
      ->type_name("PORT")
      ->group(group);
  app.add_option("--midi-api", flags.api, "MIDI system: auto, alsa, jack")
      ->type_name("NAME")
      ->default_str(flags.api)
      ->check(CLI::IsMember({"auto", "alsa", "jack"}).description(""))
      ->group(group);
  app.add_flag("--list-ports", flags.list_ports, "List the MIDI ports and stop")->group(group);
}

void add_sound_flags(CLI::App& app, InstrumentFlags& flags) {
  const std::string group = "Sound";
  app.add_option("--driver", flags.driver,
                 "Audio driver of FluidSynth; default: the first of jack, pipewire, pulseaudio and "
                 "alsa that opens")
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--list-drivers", flags.list_drivers, "List the audio drivers and stop")
      ->group(group);
  app.add_option("--sound-file", flags.sound_file, "With --driver file: the file of the sound")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--soundfont", flags.soundfont,
                 "SoundFont (.sf2, .sf3); default: $PNO_SOUNDFONT, else the piano of pno")
      ->type_name("FILE")
      ->group(group);
  add_number(app, "--sample-rate", flags.sample_rate, "Samples per second")->group(group);
  add_number(app, "--period", flags.period, "Frames of a buffer, 64 to 2048")->group(group);
}

Expected<std::string> instrument_lists([[maybe_unused]] const InstrumentFlags& flags) {
  std::string text;
  if (flags.list_ports) {
#ifdef PNO_HAS_LIVE
    PNO_TRY(const auto names, live::list_ports(api_of(flags.api)));
    for (const auto& [direction, ports] :
         {std::pair("in", &names.in), std::pair("out", &names.out)}) {
      text += fmt::format("{} {} ports{}\n", names.api, direction, ports->empty() ? ": none" : "");
      for (std::size_t i = 0; i < ports->size(); ++i) {
        text += fmt::format("  {}  {}\n", i + 1, (*ports)[i]);
      }
    }
#else
    return without_ports();
#endif
  }
  if (flags.list_drivers) {
#ifdef PNO_HAS_SOUND
    PNO_TRY(const auto drivers, sound::audio_drivers());
    for (const auto& driver : drivers) text += driver + "\n";
#else
    return fail("this pno was built without sound; build it with -DPNO_SOUND=ON");
#endif
  }
  return text;
}

Expected<std::unique_ptr<Instrument>> open_instrument(const InstrumentFlags& flags,
                                                      Instrument::Out out,
                                                      Instrument::Receive receive) {
  auto instrument = std::make_unique<OpenInstrument>();
  if (!flags.in.empty() || !flags.out.empty()) {
    PNO_TRY_VOID(instrument->open_ports(flags, std::move(receive)));
  }
  const bool wants_sound = out == Instrument::Out::port_or_sound ||
                           (out == Instrument::Out::port_or_nothing && !flags.driver.empty());
  if (flags.out.empty() && wants_sound) PNO_TRY_VOID(instrument->open_sound(flags));
  return instrument;
}

std::string find_keyboard([[maybe_unused]] const InstrumentFlags& flags) {
#ifdef PNO_HAS_LIVE
  const auto names = live::list_ports(api_of(flags.api));
  if (!names) return "";
  for (const auto& name : names->in) {
    const bool is_usual = name.find("Through") == name.npos && name.find("pno") == name.npos;
    if (is_usual) return name;
  }
#endif
  return "";
}

}  // namespace pno::cli
