#pragma once

// FluidSynth, loaded when the first sound is made and not when the program starts: its library
// brings some fifty others along (GLib, SDL, PipeWire, …), which cost 4.5 ms of every start.

#include <fluidsynth.h>

#include "base/error.h"

#define PNO_FLUID_FUNCTIONS(with)                                                                 \
  with(new_fluid_settings) with(delete_fluid_settings) with(fluid_settings_setnum)                \
      with(fluid_settings_setint) with(new_fluid_synth) with(delete_fluid_synth)                  \
          with(fluid_synth_sfload) with(fluid_synth_set_channel_type)                             \
              with(fluid_synth_program_select) with(fluid_synth_noteon) with(fluid_synth_noteoff) \
                  with(fluid_synth_cc) with(fluid_synth_write_float) with(fluid_set_log_function)

namespace pno::sound {

// The functions of fluidsynth.h by their own names.
struct FluidLibrary {
#define PNO_FLUID_FIELD(name) decltype(&::name) name = nullptr;
  PNO_FLUID_FUNCTIONS(PNO_FLUID_FIELD)
#undef PNO_FLUID_FIELD

  // The library that fits the header this was compiled with; it stays loaded. What FluidSynth
  // would print goes to take_message() instead.
  static Expected<const FluidLibrary*> get();

  // By a file name of the dynamic linker's.
  static Expected<FluidLibrary> load(const char* name);

  // What FluidSynth last complained of in this thread, once; empty where it did not.
  static std::string take_message();
};

}  // namespace pno::sound
