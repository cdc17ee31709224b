#pragma once

// Renders a performance to a sound file with FluidSynth and a SoundFont.

#include <filesystem>

#include "base/error.h"
#include "base/progress.h"
#include "midi/performance.h"
#include "sound/soundfont.h"

namespace pno::sound {

struct RenderOptions {
  std::filesystem::path soundfont = {};  // empty: find_soundfont(program)
  int sample_rate = 44100;               // Hz, 8000..96000
  double gain = 0;          // 0: normalise the peak to -1 dBFS; else 0..10, 1: FluidSynth's level
  double tail_seconds = 5;  // at most this long after the last note, 0..60
  int program = 0;          // General MIDI, 0..127; 0: grand piano
};

struct Rendered {
  double seconds = 0;
  double peak = 0;  // of the written samples, 1 is full scale
  double rms = 0;   // of the written samples
};

// Writes stereo: WAV, FLAC if the name ends in .flac, Ogg Vorbis if it ends in .ogg. Plays key
// lengths and pedals, so that notes sustain as on a piano. Times are rounded to 64 frames (1.5 ms).
// The file ends when the strings and the room have become silent. `progress` counts seconds of
// sound. Returns an error after an interrupt.
Expected<Rendered> render(const midi::Performance& performance, const std::filesystem::path& output,
                          const RenderOptions& options, const ProgressFunction& progress);

}  // namespace pno::sound
