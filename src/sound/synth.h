#pragma once

// A piano that is told which keys and pedals move and gives samples: FluidSynth without any
// audio device.

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
  double gain = 0.2;        // FluidSynth's own measure; 0.2 is its default
  int program = 0;          // 0..127, on all channels; the tenth is no drum set here
};

inline constexpr int kMinSampleRate = 8000, kMaxSampleRate = 96000;  // FluidSynth's
inline constexpr std::size_t kChannels = 2;                          // left, right

// FluidSynth moves its keys and pedals only between blocks of so many frames.
inline constexpr int kBlockFrames = 64;

class Synth {
 public:
  // Fails where FluidSynth, the SoundFont or its program is missing.
  static Expected<Synth> open(const SynthOptions& options);

  void press(int channel, int pitch, int velocity);
  void release(int channel, int pitch);
  void move_pedal(int channel, midi::Pedal::Kind kind, bool down);

  // The next frames, left and right by turns; a whole number of blocks.
  void render(std::span<float> frames);

 private:
  explicit Synth(const FluidLibrary& fluid);

  const FluidLibrary* fluid_;
  std::unique_ptr<fluid_settings_t, decltype(&::delete_fluid_settings)> settings_;
  std::unique_ptr<fluid_synth_t, decltype(&::delete_fluid_synth)> synth_;
};

}  // namespace pno::sound
