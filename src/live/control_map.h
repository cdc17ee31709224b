#pragma once

// What the controllers of a keyboard mean for the model: --controls of pno jam.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pno::live {

enum class Wish : std::uint8_t { density, loudness, temperature };
constexpr auto enum_names(Wish) {
  return std::array{"density", "loudness", "temperature"};
}
inline constexpr std::size_t kWishes = 3;

struct MappedControl {
  int controller = 0;  // 0..119
  Wish wish = Wish::density;
  double from = 0, to = 1;  // the wish at the values 0 and 127 of the controller

  double value(int controller_value) const { return from + (to - from) * controller_value / 127; }
  bool operator==(const MappedControl&) const = default;
};

class ControlMap {
 public:
  // Adds the mapping of a name of a Wish, "20" or with a range "20:2:12". Without a range it is
  // that of default_range(). Returns an error if the name, the number or the range is not valid, or
  // if the controller or the wish is mapped already.
  Expected<void> add(std::string_view wish, std::string_view controller);
  // Adds mappings as in "density=20,temperature=21:0.5:1.2".
  Expected<void> add_list(std::string_view text);

  const std::vector<MappedControl>& controls() const { return controls_; }
  // Null if the controller means nothing for the model.
  const MappedControl* find(int controller) const;

 private:
  std::vector<MappedControl> controls_;
};

// Notes a second, a mean MIDI velocity, and a temperature of the sampler.
struct WishRange {
  double from = 0, to = 0;
};
WishRange default_range(Wish wish);

}  // namespace pno::live
