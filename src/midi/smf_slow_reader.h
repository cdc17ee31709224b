#pragma once

// The clear twin of read_smf() for tests: no shortcut, no limit, no defect but those of notes; it
// plays the file on sixteen pianos and writes down what sounds. Quarter-note divisions, type 0
// or 1.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "midi/performance.h"

namespace pno::midi {

class SlowReader {
 public:
  explicit SlowReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::vector<Note> notes() {
    find_events();
    press_keys();
    move_pedals();
    damp_strings();
    return one_string_a_pitch();
  }

  // Of all tracks and channels.
  std::size_t count_note_ons() {
    find_events();
    return static_cast<std::size_t>(
        std::count_if(events_.begin(), events_.end(),
                      [](const Event& e) { return e.status / 16 == 9 && e.second > 0; }));
  }

 private:
  struct Event {
    std::int64_t tick;
    int track, status, first, second;  // status 0x51: a tempo, in `first`
  };
  struct Key {
    std::int64_t start_us, release_us, end_us;
    int pitch, velocity, channel;
  };
  struct Move {
    std::int64_t time_us;
    int order, channel;  // see damp_strings()
    std::size_t key;
  };

  int byte(std::size_t i) const { return std::to_integer<int>(bytes_[i]); }
  std::size_t number(std::size_t i, int count) const {
    std::size_t value = 0;
    while (count-- > 0) value = value * 256 + static_cast<std::size_t>(byte(i++));
    return value;
  }
  std::size_t take_vlq(std::size_t& i) const {
    std::size_t value = 0;
    while (byte(i) >= 128) value = value * 128 + static_cast<std::size_t>(byte(i++) - 128);
    return value * 128 + static_cast<std::size_t>(byte(i++));
  }

  void find_events() {
    int track = 0;
    for (std::size_t i = 8 + number(4, 4); i < bytes_.size(); ++track) {
      const std::size_t track_end = i + 8 + number(i + 4, 4);
      read_track(track, i + 8, track_end);
      i = track_end;
    }
    std::stable_sort(events_.begin(), events_.end(),
                     [](const Event& a, const Event& b) { return a.tick < b.tick; });
  }

  void read_track(int track, std::size_t i, std::size_t end) {
    std::int64_t tick = 0;
    int running = 0;
    while (i < end) {
      tick += static_cast<std::int64_t>(take_vlq(i));
      const int status = byte(i) >= 128 ? byte(i++) : running;
      if (status == 0xFF) {
        const int type = byte(i++);
        const std::size_t length = take_vlq(i);
        if (type == 0x51) events_.push_back({tick, track, 0x51, static_cast<int>(number(i, 3)), 0});
        i += length;
      } else if (status >= 0xF0) {
        const std::size_t length = take_vlq(i);
        i += length;
      } else {
        running = status;
        const bool one_byte = status / 16 == 0xC || status / 16 == 0xD;
        events_.push_back({tick, track, status, byte(i), one_byte ? 0 : byte(i + 1)});
        i += one_byte ? 1 : 2;
      }
    }
    end_tick_ = std::max(end_tick_, tick);
  }

  // From the first event on, again for each: exact, and rounded once.
  std::int64_t time_us(std::int64_t tick) const {
    std::int64_t sum = 0, tempo = 500'000, since = 0;
    for (const Event& event : events_) {
      if (event.tick >= tick) break;
      if (event.status != 0x51) continue;
      sum += (event.tick - since) * tempo;
      since = event.tick;
      tempo = event.first;
    }
    sum += (tick - since) * tempo;
    const auto division = static_cast<std::int64_t>(number(12, 2));
    return (2 * sum + division) / (2 * division);
  }

  void press_keys() {
    std::map<std::tuple<int, int, int>, std::deque<std::size_t>> held;
    for (const Event& event : events_) {
      const int message = event.status / 16, channel = event.status % 16;
      if ((message != 8 && message != 9) || channel == 9) continue;
      auto& key = held[{event.track, channel, event.first}];
      if (message == 9 && event.second > 0) {
        key.push_back(keys_.size());
        keys_.push_back({event.tick, -1, 0, event.first, event.second, channel});
      } else if (!key.empty()) {
        keys_[key.front()].release_us = event.tick;
        key.pop_front();
      }
    }
    for (Key& key : keys_) {  // ticks until here
      key.start_us = time_us(key.start_us);
      key.release_us = time_us(key.release_us < 0 ? end_tick_ : key.release_us);
    }
    std::erase_if(keys_, [](const Key& key) { return key.start_us == key.release_us; });
  }

  // Orders within a moment, as write_smf() has them.
  enum { kSustainUp, kSustainDown, kSostenutoUp, kRelease, kStrike, kSostenutoDown };

  void move_pedals() {
    std::map<std::pair<int, int>, std::int64_t> down_since_us;
    std::map<std::tuple<int, int, int>, bool> down_of_track;
    for (const Event& event : events_) {
      const int channel = event.status % 16, controller = event.first;
      if (event.status / 16 != 0xB || (controller != 64 && controller != 66)) continue;
      const bool down = event.second >= 64;
      const auto [before, is_first] = down_of_track.try_emplace({event.track, channel, controller});
      if (!is_first && before->second == down) continue;
      before->second = down;
      const std::pair pedal{channel, controller};
      if (down) {
        down_since_us.try_emplace(pedal, time_us(event.tick));
      } else if (const auto since = down_since_us.find(pedal); since != down_since_us.end()) {
        add_pedal(channel, controller, since->second, time_us(event.tick));
        down_since_us.erase(since);
      }
    }
    for (const auto& [pedal, since_us] : down_since_us) {
      add_pedal(pedal.first, pedal.second, since_us, time_us(end_tick_));
    }
  }

  void add_pedal(int channel, int controller, std::int64_t start_us, std::int64_t end_us) {
    if (start_us == end_us) return;
    const bool sustain = controller == 64;
    moves_.push_back({start_us, sustain ? kSustainDown : kSostenutoDown, channel, 0});
    moves_.push_back({end_us, sustain ? kSustainUp : kSostenutoUp, channel, 0});
  }

  void damp_strings() {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      moves_.push_back({keys_[i].start_us, kStrike, keys_[i].channel, i});
      moves_.push_back({keys_[i].release_us, kRelease, keys_[i].channel, i});
    }
    std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) {
      return std::tie(a.time_us, a.order) < std::tie(b.time_us, b.order);
    });
    struct Sounding {
      std::size_t key;
      bool key_down = true, caught = false;
    };
    std::map<int, std::vector<Sounding>> strings;  // of a channel
    std::map<int, bool> sustained;
    for (const Move& move : moves_) {
      auto& sounding = strings[move.channel];
      if (move.order == kSustainUp) sustained[move.channel] = false;
      if (move.order == kSustainDown) sustained[move.channel] = true;
      if (move.order == kStrike) sounding.push_back({move.key});
      for (Sounding& s : sounding) {
        if (move.order == kSostenutoUp) s.caught = false;
        if (move.order == kSostenutoDown) s.caught = true;
        if (move.order == kRelease && s.key == move.key) s.key_down = false;
      }
      std::erase_if(sounding, [&](const Sounding& s) {
        if (s.key_down || s.caught || sustained[move.channel]) return false;
        keys_[s.key].end_us = move.time_us;
        return true;
      });
    }
  }

  std::vector<Note> one_string_a_pitch() const {
    std::map<int, std::map<std::int64_t, Note>> strings;
    for (const Key& key : keys_) {
      Note note{key.start_us,
                static_cast<std::uint32_t>(key.end_us - key.start_us),
                static_cast<std::uint32_t>(key.release_us - key.start_us),
                static_cast<std::uint8_t>(key.pitch),
                static_cast<std::uint8_t>(key.velocity),
                static_cast<std::uint8_t>(key.channel)};
      const auto [there, is_new] = strings[key.pitch].try_emplace(key.start_us, note);
      if (is_new) continue;
      Note& other = there->second;
      const auto velocity = std::max(note.velocity, other.velocity);
      const auto rank = [](const Note& n) {
        return std::tuple(n.length_us, n.key_length_us, -n.channel);
      };
      if (rank(note) > rank(other)) other = note;
      other.velocity = velocity;
    }
    std::map<std::pair<std::int64_t, int>, Note> sorted;
    for (auto& [pitch, string] : strings) {
      for (auto note = string.begin(); note != string.end(); ++note) {
        if (const auto next = std::next(note); next != string.end()) {
          const auto gap = static_cast<std::uint32_t>(next->first - note->first);
          note->second.length_us = std::min(note->second.length_us, gap);
          note->second.key_length_us = std::min(note->second.key_length_us, gap);
        }
        sorted[{note->first, pitch}] = note->second;
      }
    }
    std::vector<Note> notes;
    for (const auto& [place, note] : sorted) notes.push_back(note);
    return notes;
  }

  std::span<const std::byte> bytes_;
  std::vector<Event> events_;
  std::vector<Key> keys_;
  std::vector<Move> moves_;
  std::int64_t end_tick_ = 0;
};

inline std::vector<Note> slow_notes(std::span<const std::byte> bytes) {
  return SlowReader(bytes).notes();
}

}  // namespace pno::midi
