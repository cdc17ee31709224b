#pragma once

// FluidSynth, loaded at first use: it depends on about fifty libraries (GLib, SDL, PipeWire, …),
// which would add 4.5 ms to every start of the program.

#include <fluidsynth.h>

#include "base/error.h"

#define PNO_FLUID_FUNCTIONS(with)                                                                 \
  with(new_fluid_settings) with(delete_fluid_settings) with(fluid_settings_setnum)                \
      with(fluid_settings_setint) with(new_fluid_synth) with(delete_fluid_synth)                  \
          with(fluid_synth_sfload) with(fluid_synth_set_channel_type)                             \
              with(fluid_synth_program_select) with(fluid_synth_noteon) with(fluid_synth_noteoff) \
                  with(fluid_synth_cc) with(fluid_synth_write_float) with(fluid_set_log_function) \
                      with(fluid_settings_setstr) with(fluid_settings_foreach_option)             \
                          with(fluid_synth_pitch_bend) with(new_fluid_audio_driver)               \
                              with(new_fluid_audio_driver2) with(delete_fluid_audio_driver)       \
                                  with(fluid_synth_process)

namespace pno::sound {

// The functions of fluidsynth.h under their own names.
struct FluidLibrary {
#define PNO_FLUID_FIELD(name) decltype(&::name) name = nullptr;
  PNO_FLUID_FUNCTIONS(PNO_FLUID_FIELD)
#undef PNO_FLUID_FIELD

  // Loads the version that matches the header at compile time; it stays loaded. Messages of
  // FluidSynth are not printed: take_message() returns them.
  static Expected<const FluidLibrary*> get();

  // Loads a library by file name, as dlopen() does.
  static Expected<FluidLibrary> load(const char* name);

  // Returns and clears the last message of FluidSynth in this thread; empty if there is none.
  static std::string take_message();
};

}  // namespace pno::sound
