#include "sound/render.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/interrupt.h"
#include "sound/sample_spool.h"
#include "sound/schedule.h"
#include "sound/sound_file.h"
#include "sound/synth.h"

namespace pno::sound {
namespace {

constexpr double kNormalisedPeak = 0.8912509;  // -1 dBFS
constexpr double kPlainGain = 0.2;             // FluidSynth's default
constexpr std::int64_t kChunkFrames = std::int64_t{256} * kBlockFrames;
constexpr double kFadeSeconds = 0.02;  // at the very end, so that a short tail makes no click
constexpr float kFullScale = 32767;
constexpr float kSilence = 1e-3F;            // -60 dB of the peak
constexpr double kSilentSecondsAtEnd = 0.2;  // kept after the last sample above kSilence

Expected<void> check(const RenderOptions& options) {
  if (options.sample_rate < kMinSampleRate || options.sample_rate > kMaxSampleRate) {
    return fail_usage("a sample rate of {} Hz is out of the range {} to {}", options.sample_rate,
                      kMinSampleRate, kMaxSampleRate);
  }
  if (!(options.gain >= 0 && options.gain <= 10)) {
    return fail_usage("a gain of {} is out of the range 0 to 10", options.gain);
  }
  if (!(options.tail_seconds >= 0 && options.tail_seconds <= 60)) {
    return fail_usage("a tail of {} seconds is out of the range 0 to 60", options.tail_seconds);
  }
  if (options.program < 0 || options.program > 127) {
    return fail_usage("program {} is out of General MIDI's range 0 to 127", options.program);
  }
  return {};
}

void make(const Movement& movement, Synth& synth) {
  switch (movement.kind) {
    case Movement::Kind::key_down:
      return synth.press(movement.channel, movement.pitch, movement.velocity);
    case Movement::Kind::key_up:
      return synth.release(movement.channel, movement.pitch);
    case Movement::Kind::pedal_down:
      return synth.move_pedal(movement.channel, movement.pedal, /*down=*/true);
    case Movement::Kind::pedal_up:
      return synth.move_pedal(movement.channel, movement.pedal, /*down=*/false);
  }
}

// Plays the movements for `frames` frames into the spool; the loudest sample comes back.
Expected<float> play(std::span<const Movement> movements, Synth& synth, std::int64_t frames,
                     int sample_rate, SampleSpool& spool, const ProgressFunction& progress) {
  const auto nearest_block = [&](std::int64_t time_us) {
    const double blocks = static_cast<double>(time_us) * 1e-6 * sample_rate / kBlockFrames;
    return static_cast<std::int64_t>(std::llround(blocks)) * kBlockFrames;
  };
  std::vector<float> buffer(kChunkFrames * kChannels);
  float peak = 0;
  std::size_t next = 0;
  for (std::int64_t at = 0; at < frames;) {
    while (next < movements.size() && nearest_block(movements[next].time_us) <= at) {
      make(movements[next++], synth);
    }
    std::int64_t until = at + kChunkFrames;
    if (next < movements.size()) until = std::min(until, nearest_block(movements[next].time_us));
    const auto rendered = std::span(buffer).first(static_cast<std::size_t>(until - at) * kChannels);
    synth.render(rendered);
    const auto kept = static_cast<std::size_t>(std::min(until, frames) - at) * kChannels;
    for (const float sample : rendered.first(kept)) peak = std::max(peak, std::abs(sample));
    PNO_TRY_VOID(spool.write(rendered.first(kept)));
    at = until;
    if (progress) progress(std::min(at, frames) / sample_rate, frames / sample_rate);
    if (interrupted()) return fail_interrupted("interrupted; no sound was written");
  }
  return peak;
}

// The number of frames until the sound has become silent, not less than `least`.
Expected<std::int64_t> audible_frames(const SampleSpool& spool, std::int64_t frames,
                                      std::int64_t least, float threshold, int sample_rate) {
  std::vector<float> samples;
  for (std::int64_t end = frames; end > least;) {
    const auto begin = std::max(least, end - kChunkFrames);
    samples.resize(static_cast<std::size_t>(end - begin) * kChannels);
    PNO_TRY_VOID(spool.read(begin * static_cast<std::int64_t>(kChannels), samples));
    for (std::size_t i = samples.size(); i > 0; --i) {
      if (std::abs(samples[i - 1]) <= threshold) continue;
      const auto audible = begin + static_cast<std::int64_t>((i - 1) / kChannels);
      return std::min(frames,
                      audible + static_cast<std::int64_t>(kSilentSecondsAtEnd * sample_rate));
    }
    end = begin;
  }
  return least;
}

// The spooled samples times `scale`, faded at the end, to the file.
Expected<Rendered> write(const SampleSpool& spool, std::int64_t frames, int sample_rate,
                         float scale, SoundFile& file) {
  const auto fade_frames = std::min(frames, static_cast<std::int64_t>(kFadeSeconds * sample_rate));
  std::vector<float> samples;
  std::vector<std::int16_t> written;
  double sum_of_squares = 0;
  int peak = 0;
  for (std::int64_t at = 0; at < frames; at += kChunkFrames) {
    const auto count = static_cast<std::size_t>(std::min(kChunkFrames, frames - at)) * kChannels;
    samples.resize(count);
    written.resize(count);
    PNO_TRY_VOID(spool.read(at * static_cast<std::int64_t>(kChannels), samples));
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t left = frames - at - static_cast<std::int64_t>(i / kChannels);
      const float fade =
          left < fade_frames ? static_cast<float>(left) / static_cast<float>(fade_frames) : 1.0F;
      const float value = std::clamp(samples[i] * scale * fade, -1.0F, 1.0F) * kFullScale;
      written[i] = static_cast<std::int16_t>(std::lrint(value));
      peak = std::max(peak, std::abs(int{written[i]}));
      sum_of_squares += double{value} * value;
    }
    PNO_TRY_VOID(file.write(written));
    if (interrupted()) return fail_interrupted("interrupted; no sound was written");
  }
  const auto sample_count = static_cast<double>(frames * static_cast<std::int64_t>(kChannels));
  return Rendered{.seconds = static_cast<double>(frames) / sample_rate,
                  .peak = peak / double{kFullScale},
                  .rms = std::sqrt(sum_of_squares / sample_count) / kFullScale};
}

}  // namespace

Expected<Rendered> render(const midi::Performance& performance, const std::filesystem::path& output,
                          const RenderOptions& options, const ProgressFunction& progress) {
  PNO_TRY_VOID(check(options));
  if (performance.notes.empty()) {
    return fail("{}: is not written: the music has no notes", output.string());
  }
  auto soundfont = options.soundfont;
  if (soundfont.empty()) {
    PNO_TRY(soundfont, find_soundfont(options.program));
  }
  const bool normalised = options.gain == 0;
  const double music_s = static_cast<double>(performance.length_us()) * 1e-6;
  const auto frames_of = [&](double seconds) {
    return static_cast<std::int64_t>(std::ceil(seconds * options.sample_rate));
  };
  const auto frames = frames_of(music_s + options.tail_seconds);

  PNO_TRY(auto file, SoundFile::create(output, options.sample_rate, frames));
  PNO_TRY(auto synth, Synth::open({.soundfont = soundfont,
                                   .sample_rate = options.sample_rate,
                                   .gain = kPlainGain * (normalised ? 1 : options.gain),
                                   .program = options.program}));
  PNO_TRY(auto spool, SampleSpool::create());
  PNO_TRY(const float peak,
          play(movements(performance), synth, frames, options.sample_rate, spool, progress));
  const bool silent = peak <= 0;  // a program without strings at these pitches
  const float scale = normalised && !silent ? static_cast<float>(kNormalisedPeak) / peak : 1.0F;
  PNO_TRY(const auto audible,
          audible_frames(spool, frames, frames_of(music_s), peak * kSilence, options.sample_rate));
  PNO_TRY(const auto result, write(spool, audible, options.sample_rate, scale, file));
  PNO_TRY_VOID(file.commit());
  return result;
}

}  // namespace pno::sound
