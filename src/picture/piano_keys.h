#pragma once

// Names and colours of the keys of a piano, by pitch: 60 is C4, middle C.

#include <string>

namespace pno::picture {

// "C4", "C#4".
std::string pitch_name(int pitch);

bool is_black_key(int pitch);

}  // namespace pno::picture
