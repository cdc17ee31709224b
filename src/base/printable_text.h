#pragma once

// Names and titles as file systems, zips and tables give them, which may be any bytes, made text
// that JSON can hold and a terminal can show.

#include <string>
#include <string_view>

namespace pno {

// UTF-8 stays as it is. A byte that is not part of it, and a control character, becomes \xNN, so
// that "caf\xe9.mid" from a Latin-1 disk is still told apart from its neighbours.
std::string printable_text(std::string_view bytes);

}  // namespace pno
