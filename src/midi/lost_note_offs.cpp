#include "midi/lost_note_offs.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

namespace pno::midi {
namespace {

// The presses of one pitch on one line, in their order.
using Strikes = std::vector<KeyPress*>;

int key_of(const KeyPress& press) {
  return press.line * 128 + press.pitch;
}

// The presses of which the NOTE_OFF is lost, in their order. The order of the events of one tick is
// not known here: a NOTE_OFF comes first if a key is held.
Strikes find_lost(const Strikes& strikes, const std::vector<std::int64_t>& off_ticks) {
  Strikes held;
  auto strike = strikes.begin();
  for (const std::int64_t off_tick : off_ticks) {
    const auto is_before = [&](const KeyPress* press) {
      return press->start_tick < off_tick || (press->start_tick == off_tick && held.empty());
    };
    while (strike != strikes.end() && is_before(*strike)) held.push_back(*strike++);
    if (!held.empty()) held.pop_back();
  }
  held.insert(held.end(), strike, strikes.end());
  return held;
}

void pair_again(const Strikes& strikes) {
  std::vector<std::int64_t> off_ticks;
  for (const KeyPress* press : strikes) {
    if (press->has_end) off_ticks.push_back(press->end_tick);
  }
  for (KeyPress* press : strikes) press->has_end = true;
  for (KeyPress* press : find_lost(strikes, off_ticks)) press->has_end = false;

  auto off_tick = off_ticks.begin();
  std::int64_t next_strike = kNoTick;
  for (KeyPress* press : strikes) {
    if (press->has_end) press->end_tick = *off_tick++;
  }
  for (auto i = strikes.rbegin(); i != strikes.rend(); ++i) {
    KeyPress& press = **i;
    const bool strikes_later = i != strikes.rbegin() && press.start_tick < i[-1]->start_tick;
    if (strikes_later) next_strike = i[-1]->start_tick;
    if (!press.has_end) press.end_tick = next_strike;
  }
}

}  // namespace

void recover_lost_note_offs(std::span<KeyPress> presses, std::span<const AllNotesOff> all_off) {
  std::unordered_map<int, Strikes> strikes_of_key;
  for (const KeyPress& press : presses) {
    if (!press.has_end) strikes_of_key.try_emplace(key_of(press));
  }
  for (KeyPress& press : presses) {
    const auto strikes = strikes_of_key.find(key_of(press));
    if (strikes != strikes_of_key.end()) strikes->second.push_back(&press);
  }
  for (const auto& [key, strikes] : strikes_of_key) pair_again(strikes);

  std::array<std::vector<std::int64_t>, kLines> off_ticks;
  for (const AllNotesOff& off : all_off) off_ticks[off.line].push_back(off.tick);
  for (KeyPress& press : presses) {
    if (press.has_end) continue;
    const auto& ticks = off_ticks[press.line];
    const auto off = std::upper_bound(ticks.begin(), ticks.end(), press.start_tick);
    if (off != ticks.end()) press.end_tick = std::min(press.end_tick, *off);
  }
}

}  // namespace pno::midi
