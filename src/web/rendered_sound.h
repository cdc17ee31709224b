#pragma once

// POST /api/render: a MIDI file as sound.

#include <memory>
#include <string_view>

#include "base/error.h"
#include "web/answer.h"

namespace pno::web {

// Renders the music to an unnamed temporary file, which the parts read. `format` is "wav", "flac"
// or "ogg". Returns an error if the bytes are not MIDI, have no notes or more than
// kMaxRenderSeconds of music, if the format is another, or if this pno has no sound.
Expected<Answer> render_sound(std::string_view midi, std::string_view format);

}  // namespace pno::web
