#include "sound/synth.h"

#include <cstdint>
#include <string_view>

#include "base/file.h"

namespace pno::sound {
namespace {

constexpr int kMidiChannels = 16;
constexpr int kPolyphony = 512;  // strings ringing under a pedal, two voices each in stereo fonts
constexpr int kSustainController = 64, kSostenutoController = 66;
constexpr int kDown = 127, kUp = 0;

// A room, not a hall.
constexpr double kRoomSize = 0.45, kRoomDamping = 0.35, kRoomWidth = 0.8, kRoomLevel = 0.45;

// A SoundFont is a RIFF file: "RIFF", the bytes that follow (32 bits, little-endian), "sfbk".
// Looked at here, because what is none FluidSynth hands on to libraries that print.
Expected<void> check_soundfont(const std::filesystem::path& path) {
  constexpr std::size_t kHeaderBytes = 12, kSizeAt = 4, kTypeAt = 8, kCountedFrom = 8;
  PNO_TRY(const auto file, MappedFile::open(path));
  const auto bytes = file.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (bytes.size() < kHeaderBytes || !text.starts_with("RIFF") ||
      text.substr(kTypeAt, 4) != "sfbk") {
    return fail("{}: is not a SoundFont; give an .sf2 or .sf3 file", path.string());
  }
  std::uint64_t following = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    following |= std::to_integer<std::uint64_t>(bytes[kSizeAt + i]) << (8 * i);
  }
  if (following > bytes.size() - kCountedFrom) {
    return fail("{}: is a SoundFont of {} bytes that was cut short at byte {}; copy it again",
                path.string(), following + kCountedFrom, bytes.size());
  }
  return {};
}

}  // namespace

Synth::Synth(const FluidLibrary& fluid)
    : fluid_(&fluid),
      settings_(fluid.new_fluid_settings(), fluid.delete_fluid_settings),
      synth_(nullptr, fluid.delete_fluid_synth) {}

Expected<Synth> Synth::open(const SynthOptions& options) {
  PNO_TRY_VOID(check_soundfont(options.soundfont));
  PNO_TRY(const FluidLibrary* fluid, FluidLibrary::get());
  Synth result(*fluid);
  auto* settings = result.settings_.get();
  fluid->fluid_settings_setnum(settings, "synth.sample-rate", options.sample_rate);
  fluid->fluid_settings_setnum(settings, "synth.gain", options.gain);
  fluid->fluid_settings_setint(settings, "synth.polyphony", kPolyphony);
  fluid->fluid_settings_setint(settings, "synth.chorus.active", 0);
  fluid->fluid_settings_setnum(settings, "synth.reverb.room-size", kRoomSize);
  fluid->fluid_settings_setnum(settings, "synth.reverb.damp", kRoomDamping);
  fluid->fluid_settings_setnum(settings, "synth.reverb.width", kRoomWidth);
  fluid->fluid_settings_setnum(settings, "synth.reverb.level", kRoomLevel);
  result.synth_.reset(fluid->new_fluid_synth(settings));
  auto* synth = result.synth_.get();
  if (synth == nullptr) return fail("FluidSynth did not start: {}", FluidLibrary::take_message());

  FluidLibrary::take_message();
  const int font = fluid->fluid_synth_sfload(synth, options.soundfont.c_str(), /*reset_presets=*/1);
  if (font < 0) {
    return fail("{}: is a SoundFont that FluidSynth cannot read: {}", options.soundfont.string(),
                FluidLibrary::take_message());
  }
  for (int channel = 0; channel < kMidiChannels; ++channel) {
    fluid->fluid_synth_set_channel_type(synth, channel, CHANNEL_TYPE_MELODIC);
    if (fluid->fluid_synth_program_select(synth, channel, font, 0, options.program) != FLUID_OK) {
      return fail("{}: has no program {}; 0 is the grand piano of most SoundFonts",
                  options.soundfont.string(), options.program);
    }
  }
  return result;
}

// FluidSynth answers FLUID_FAILED for a key that it does not sound, which is nothing to report.
void Synth::press(int channel, int pitch, int velocity) {
  fluid_->fluid_synth_noteon(synth_.get(), channel, pitch, velocity);
}

void Synth::release(int channel, int pitch) {
  fluid_->fluid_synth_noteoff(synth_.get(), channel, pitch);
}

void Synth::move_pedal(int channel, midi::Pedal::Kind kind, bool down) {
  const int controller =
      kind == midi::Pedal::Kind::sustain ? kSustainController : kSostenutoController;
  fluid_->fluid_synth_cc(synth_.get(), channel, controller, down ? kDown : kUp);
}

void Synth::control(int channel, int controller, int value) {
  fluid_->fluid_synth_cc(synth_.get(), channel, controller, value);
}

void Synth::bend(int channel, int value) {
  fluid_->fluid_synth_pitch_bend(synth_.get(), channel, value);
}

void Synth::render(std::span<float> frames) {
  PNO_CHECK(frames.size() % (kChannels * kBlockFrames) == 0, "a part of a block was asked for");
  const auto count = static_cast<int>(frames.size() / kChannels);
  fluid_->fluid_synth_write_float(synth_.get(), count, frames.data(), 0, kChannels, frames.data(),
                                  1, kChannels);
}

}  // namespace pno::sound
