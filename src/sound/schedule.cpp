#include "sound/schedule.h"

#include <algorithm>
#include <tuple>

namespace pno::sound {

std::vector<Movement> movements(const midi::Performance& performance) {
  using Kind = Movement::Kind;
  std::vector<Movement> result;
  result.reserve(2 * (performance.notes.size() + performance.pedals.size()));
  for (const auto& note : performance.notes) {
    Movement key{.time_us = note.start_us,
                 .kind = Kind::key_down,
                 .channel = note.channel,
                 .pitch = note.pitch,
                 .velocity = note.velocity};
    result.push_back(key);
    key.time_us = note.start_us + note.key_length_us;
    key.kind = Kind::key_up;
    result.push_back(key);
  }
  for (const auto& pedal : performance.pedals) {
    Movement foot{.time_us = pedal.start_us,
                  .kind = Kind::pedal_down,
                  .pedal = pedal.kind,
                  .channel = pedal.channel};
    result.push_back(foot);
    foot.time_us = pedal.end_us;
    foot.kind = Kind::pedal_up;
    result.push_back(foot);
  }
  std::stable_sort(result.begin(), result.end(), [](const Movement& a, const Movement& b) {
    return std::tie(a.time_us, a.kind) < std::tie(b.time_us, b.kind);
  });
  return result;
}

}  // namespace pno::sound
