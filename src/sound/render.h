#pragma once

// A performance as a sound file, by FluidSynth and a SoundFont.

#include <filesystem>

#include "base/error.h"
#include "base/progress.h"
#include "midi/performance.h"
#include "sound/soundfont.h"

namespace pno::sound {

struct RenderOptions {
  std::filesystem::path soundfont = {};  // empty: find_soundfont()
  int sample_rate = 44100;               // Hz, 8000..96000
  double gain = 0;                       // 1: as FluidSynth plays; 0: normalised to -1 dBFS; to 10
  double tail_seconds = 3;               // of sound after the last note, to 60
  int program = 0;                       // of General MIDI, to 127; 0: grand piano
};

struct Rendered {
  double seconds = 0;
  double peak = 0;  // of the written samples, 1 is full scale
  double rms = 0;   // likewise
};

// Writes 16-bit stereo; WAV, or FLAC where the name ends in .flac. Key lengths and pedals are
// played as they are, so that the strings ring as on a piano. Keys move at the nearest multiple of
// 64 frames (1.5 ms). Progress counts seconds of sound. Interrupted, it returns an Error.
Expected<Rendered> render(const midi::Performance& performance, const std::filesystem::path& output,
                          const RenderOptions& options, const ProgressFunction& progress);

}  // namespace pno::sound
