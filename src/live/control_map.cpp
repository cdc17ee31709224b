#include "live/control_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fields.h"
#include "live/midi_message.h"

namespace pno::live {
namespace {

// The least and greatest values that a wish may have.
WishRange allowed_range(Wish wish) {
  switch (wish) {
    case Wish::density:
      return {0.1, 100};
    case Wish::loudness:
      return {1, 127};
    case Wish::temperature:
      return {0, 5};
  }
  return {};
}

// The parts of a text between the separators.
std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool is_used_for_notes(int controller) {
  return controller == kSustainController || controller == kSostenutoController ||
         controller >= kAllSoundOffController;
}

Expected<int> parse_controller(const std::string& text, std::string_view wish) {
  int controller = -1;
  if (!parse_field(text, controller) || controller < 0 || controller > 127) {
    return fail_usage("the controller of {} is '{}'; it must be 0 to 119", wish, text);
  }
  if (is_used_for_notes(controller)) {
    return fail_usage("controller {} is a pedal or ends notes; map another one to {}", controller,
                      wish);
  }
  return controller;
}

}  // namespace

WishRange default_range(Wish wish) {
  switch (wish) {
    case Wish::density:
      return {1, 20};
    case Wish::loudness:
      return {24, 104};
    case Wish::temperature:
      return {0.6, 1.3};
  }
  return {};
}

Expected<void> ControlMap::add(std::string_view wish, std::string_view controller) {
  MappedControl control;
  if (!parse_field(std::string(wish), control.wish)) {
    return fail_usage("'{}' cannot be controlled; {} can", wish, enum_choices<Wish>());
  }
  const auto parts = parts_of(controller, ':');
  if (parts.size() != 1 && parts.size() != 3) {
    return fail_usage("{} is mapped to '{}'; write a controller, or CONTROLLER:FROM:TO", wish,
                      controller);
  }
  PNO_TRY(control.controller, parse_controller(parts.front(), wish));
  auto range = default_range(control.wish);
  if (parts.size() == 3) {
    const auto allowed = allowed_range(control.wish);
    for (const auto& [text, value] :
         {std::pair(&parts[1], &range.from), std::pair(&parts[2], &range.to)}) {
      if (!parse_field(*text, *value) || !(*value >= allowed.from && *value <= allowed.to)) {
        return fail_usage("the range of {} has '{}'; it must be {} to {}", wish, *text,
                          allowed.from, allowed.to);
      }
    }
  }
  control.from = range.from;
  control.to = range.to;
  for (const auto& other : controls_) {
    if (other.wish == control.wish) return fail_usage("{} is mapped twice; omit one", wish);
    if (other.controller == control.controller) {
      return fail_usage("controller {} is mapped to {} and {}; omit one", control.controller,
                        enum_name(other.wish), wish);
    }
  }
  controls_.push_back(control);
  return {};
}

Expected<void> ControlMap::add_list(std::string_view text) {
  for (const auto& part : parts_of(text, ',')) {
    const auto sides = parts_of(part, '=');
    if (sides.size() != 2) {
      return fail_usage("'{}' is not a mapping; write density=20, or the name of a TOML file",
                        part);
    }
    PNO_TRY_VOID(add(sides[0], sides[1]));
  }
  return {};
}

const MappedControl* ControlMap::find(int controller) const {
  const auto found = std::find_if(controls_.begin(), controls_.end(), [&](const auto& control) {
    return control.controller == controller;
  });
  return found == controls_.end() ? nullptr : &*found;
}

}  // namespace pno::live
