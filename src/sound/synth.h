#pragma once

// A software piano: takes key and pedal movements and returns samples. FluidSynth without an audio
// device.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "base/error.h"
#include "midi/performance.h"
#include "sound/fluid_library.h"

namespace pno::sound {

struct SynthOptions {
  std::filesystem::path soundfont;
  int sample_rate = 44100;  // Hz, kMinSampleRate..kMaxSampleRate
  double gain = 0.2;        // as FluidSynth defines it; its default is 0.2
  int program = 0;          // 0..127, on all channels, also the tenth
};

inline constexpr int kMinSampleRate = 8000, kMaxSampleRate = 96000;  // FluidSynth's
inline constexpr std::size_t kChannels = 2;                          // left, right

// FluidSynth handles events only between blocks of this many frames.
inline constexpr int kBlockFrames = 64;

class Synth {
 public:
  // Returns an error if FluidSynth, the SoundFont or its program is missing.
  static Expected<Synth> open(const SynthOptions& options);

  void press(int channel, int pitch, int velocity);
  void release(int channel, int pitch);
  void move_pedal(int channel, midi::Pedal::Kind kind, bool down);

  // Other controllers, and the pitch wheel (0..16383).
  void control(int channel, int controller, int value);
  void bend(int channel, int value);

  // The next frames, interleaved left and right; a multiple of the block size.
  void render(std::span<float> frames);

 private:
  friend class LiveSynth;
  explicit Synth(const FluidLibrary& fluid);

  const FluidLibrary* fluid_;
  std::unique_ptr<fluid_settings_t, decltype(&::delete_fluid_settings)> settings_;
  std::unique_ptr<fluid_synth_t, decltype(&::delete_fluid_synth)> synth_;
};

}  // namespace pno::sound
