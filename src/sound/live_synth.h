#pragma once

// A software piano that is heard at once: FluidSynth with one of its audio drivers.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "sound/synth.h"
#include "sound/under_runs.h"

namespace pno::sound {

struct LiveSynthOptions {
  std::filesystem::path soundfont = {};  // empty: find_soundfont()
  std::string driver = {};               // a name of audio_drivers(); empty: the first that opens
  std::filesystem::path file = {};       // for the driver "file": where the sound goes
  int sample_rate = 48000;               // Hz
  int period_frames = 128;               // of a buffer, 64..2048
  int periods = 3;                       // buffers between the synthesizer and the device
  // FluidSynth's default, 0.2, is for bands: a piano alone peaks at -20 dBFS with it.
  double gain = 1.2;
};

// The drivers of this computer's FluidSynth: jack, pulseaudio, alsa, …
Expected<std::vector<std::string>> audio_drivers();

class LiveSynth {
 public:
  // Returns an error if FluidSynth, the SoundFont or an audio device is missing.
  static Expected<LiveSynth> open(const LiveSynthOptions& options);

  // A MIDI message of two or three bytes. FluidSynth's own lock is taken for a moment.
  void send(std::span<const std::uint8_t> message) noexcept;

  const std::string& driver() const { return driver_; }
  // Of the buffers; JACK has its own setting, which is not known here, and then this is 0.
  double latency_ms() const { return latency_ms_; }
  // Gaps in the sound because samples came too late (sound/under_runs.h); empty if the driver does
  // not tell: "file" has no device.
  std::optional<std::int64_t> under_runs() const;

 private:
  // What the thread of the driver uses.
  struct Source {
    const FluidLibrary* fluid;
    fluid_synth_t* synth;
    UnderRuns under_runs;
  };

  explicit LiveSynth(Synth synth);
  // The samples of a period: fluid_audio_func_t.
  static int fill(void* source, int frames, int effects, float** effect_buffers, int channels,
                  float** buffers);

  Synth synth_;
  std::unique_ptr<Source> source_;  // null if the driver does not tell
  std::unique_ptr<fluid_audio_driver_t, decltype(&::delete_fluid_audio_driver)> audio_;
  std::string driver_;
  double latency_ms_ = 0;
};

}  // namespace pno::sound
