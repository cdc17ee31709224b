#include "sound/live_synth.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "sound/soundfont.h"

namespace pno::sound {
namespace {

// Those that a person expects, the one with the least latency first.
constexpr const char* kUsualDrivers[] = {"jack", "pipewire",  "pulseaudio",
                                         "alsa", "coreaudio", "wasapi"};
constexpr const char* kFileDriver = "file";

}  // namespace

Expected<std::vector<std::string>> audio_drivers() {
  PNO_TRY(const FluidLibrary* fluid, FluidLibrary::get());
  const std::unique_ptr<fluid_settings_t, decltype(&::delete_fluid_settings)> settings(
      fluid->new_fluid_settings(), fluid->delete_fluid_settings);
  std::vector<std::string> names;
  fluid->fluid_settings_foreach_option(
      settings.get(), "audio.driver", &names,
      [](void* data, const char* /*setting*/, const char* option) {
        static_cast<std::vector<std::string>*>(data)->emplace_back(option);
      });
  return names;
}

std::optional<std::int64_t> LiveSynth::under_runs() const {
  if (!source_) return std::nullopt;
  return source_->under_runs.count();
}

// Called by the thread of the driver. FluidSynth adds to the buffers: dry sound, and the effects,
// reverb left and right, chorus left and right.
int LiveSynth::fill(void* source, int frames, int /*effects*/, float** /*effect_buffers*/,
                    int channels, float** buffers) {
  auto& self = *static_cast<Source*>(source);
  self.under_runs.begin_period(UnderRuns::Time::clock::now(), frames);
  for (int channel = 0; channel < channels; ++channel) {
    std::fill_n(buffers[channel], frames, 0.0F);
  }
  float* both[] = {buffers[0], buffers[1], buffers[0], buffers[1]};
  return self.fluid->fluid_synth_process(self.synth, frames, 4, both, 2, buffers);
}

LiveSynth::LiveSynth(Synth synth)
    : synth_(std::move(synth)), audio_(nullptr, synth_.fluid_->delete_fluid_audio_driver) {}

Expected<LiveSynth> LiveSynth::open(const LiveSynthOptions& options) {
  if (options.period_frames < 64 || options.period_frames > 2048) {
    return fail_usage("a period of {} frames is out of the range 64 to 2048",
                      options.period_frames);
  }
  if (options.sample_rate < kMinSampleRate || options.sample_rate > kMaxSampleRate) {
    return fail_usage("a sample rate of {} Hz is out of the range {} to {}", options.sample_rate,
                      kMinSampleRate, kMaxSampleRate);
  }
  PNO_TRY(const auto drivers, audio_drivers());
  std::vector<std::string> wanted;
  if (options.driver.empty()) {
    for (const char* name : kUsualDrivers) {
      if (std::find(drivers.begin(), drivers.end(), name) != drivers.end()) wanted.push_back(name);
    }
  } else if (std::find(drivers.begin(), drivers.end(), options.driver) == drivers.end()) {
    return fail_usage("no audio driver is named '{}'; this FluidSynth has {}", options.driver,
                      fmt::join(drivers, ", "));
  } else {
    wanted.push_back(options.driver);
  }
  auto soundfont = options.soundfont;
  if (soundfont.empty()) {
    PNO_TRY(soundfont, find_soundfont());
  }
  PNO_TRY(auto synth,
          Synth::open(
              {.soundfont = soundfont, .sample_rate = options.sample_rate, .gain = options.gain}));
  LiveSynth result(std::move(synth));
  const FluidLibrary& fluid = *result.synth_.fluid_;
  auto* settings = result.synth_.settings_.get();
  fluid.fluid_settings_setint(settings, "audio.period-size", options.period_frames);
  fluid.fluid_settings_setint(settings, "audio.periods", options.periods);
  fluid.fluid_settings_setint(settings, "audio.jack.autoconnect", 1);
  fluid.fluid_settings_setstr(settings, "audio.jack.id", "pno-sound");
  fluid.fluid_settings_setstr(settings, "audio.file.name",
                              options.file.empty() ? "pno.wav" : options.file.c_str());
  std::string reasons;
  for (const auto& name : wanted) {
    FluidLibrary::take_message();
    fluid.fluid_settings_setstr(settings, "audio.driver", name.c_str());
    // JACK plays what it got in the period before, whatever the options say.
    auto source = std::make_unique<Source>(
        Source{&fluid, result.synth_.synth_.get(),
               UnderRuns(name == "jack" ? 1 : options.periods, options.sample_rate)});
    if (name == kFileDriver) {
      result.audio_.reset(fluid.new_fluid_audio_driver(settings, result.synth_.synth_.get()));
    } else {
      result.audio_.reset(fluid.new_fluid_audio_driver2(settings, &LiveSynth::fill, source.get()));
      if (result.audio_) result.source_ = std::move(source);
    }
    if (result.audio_) {
      result.driver_ = name;
      if (name != "jack" && name != kFileDriver) {
        result.latency_ms_ = 1e3 * options.period_frames * options.periods / options.sample_rate;
      }
      return result;
    }
    reasons +=
        fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", name, FluidLibrary::take_message());
  }
  return fail(
      "no sound: no audio device opens ({}); connect one, choose a --driver, or send to a "
      "MIDI port",
      reasons);
}

void LiveSynth::send(std::span<const std::uint8_t> message) noexcept {
  if (message.size() < 2) return;
  const int channel = message[0] & 0x0F, first = message[1];
  const int second = message.size() > 2 ? message[2] : 0;
  switch (message[0] & 0xF0) {
    case 0x80:
      return synth_.release(channel, first);
    case 0x90:
      return second > 0 ? synth_.press(channel, first, second) : synth_.release(channel, first);
    case 0xB0:
      return synth_.control(channel, first, second);
    case 0xE0:
      return synth_.bend(channel, first | second << 7);
    default:
      return;  // programs: the SoundFont may have the piano only
  }
}

}  // namespace pno::sound
