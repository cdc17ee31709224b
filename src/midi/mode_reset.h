#pragma once

// System exclusive messages that set a whole synthesiser back to its defaults. They lift all
// pedals.

#include <cstddef>
#include <cstdint>
#include <span>

namespace pno::midi {

enum class ModeReset : std::uint8_t { none, gm, gs, xg };

// `payload` is a SysEx without its F0 and length. It recognises General MIDI 1 and 2 on and off, GS
// reset and system mode set (Roland), XG system on and reset of all parameters (Yamaha), for any
// device number. Does not throw. Does not allocate.
ModeReset mode_reset(std::span<const std::byte> payload);

}  // namespace pno::midi
