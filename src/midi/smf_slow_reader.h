#pragma once

// The clear twin of read_smf() for tests: no shortcut, no limit, no defect but those of notes and
// pedals; it plays the file on a piano for each line (a channel of a port) and writes down what
// sounds. Quarter-note divisions, type 0 or 1, every program taken as piano.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
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
    int line;                          // 16 times the port, plus the channel
  };
  struct Key {
    std::int64_t start_us, release_us, end_us;
    int pitch, velocity, line;
    bool at_once = false;  // released when struck
  };
  struct Move {
    std::int64_t time_us;
    int order, line;  // see damp_strings()
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
    int running = 0, port = 0;
    while (i < end) {
      tick += static_cast<std::int64_t>(take_vlq(i));
      const int status = byte(i) >= 128 ? byte(i++) : running;
      if (status == 0xFF) {
        const int type = byte(i++);
        const std::size_t length = take_vlq(i);
        if (type == 0x51) {
          events_.push_back({tick, track, 0x51, static_cast<int>(number(i, 3)), 0, 0});
        }
        if (type == 0x21) port = byte(i);
        i += length;
      } else if (status >= 0xF0) {
        const std::size_t length = take_vlq(i);
        if (status == 0xF0 && is_reset(i)) {
          for (int line = 16 * port; line < 16 * port + 16; ++line) {
            events_.push_back({tick, track, 0xB0, 121, 0, line});
          }
        }
        i += length;
      } else {
        running = status;
        const bool one_byte = status / 16 == 0xC || status / 16 == 0xD;
        const int line = 16 * port + status % 16;
        events_.push_back({tick, track, status, byte(i), one_byte ? 0 : byte(i + 1), line});
        i += one_byte ? 1 : 2;
      }
    }
  }

  // GM on; the others are tested in track_events_test.cpp.
  bool is_reset(std::size_t i) const { return byte(i) == 0x7E && byte(i + 2) == 9; }

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

  using Strings = std::tuple<int, int, int>;  // track, line, pitch

  void press_keys() {
    std::map<Strings, std::vector<std::size_t>> strikes;
    std::map<Strings, std::vector<std::int64_t>> offs;
    for (const Event& event : events_) {
      const int message = event.status / 16;
      if ((message != 8 && message != 9) || event.line % 16 == 9) continue;
      const Strings string{event.track, event.line, event.first};
      if (message == 9 && event.second > 0) {
        strikes[string].push_back(keys_.size());
        keys_.push_back({event.tick, -1, 0, event.first, event.second, event.line});
      } else if (offs[string].size() < strikes[string].size()) {
        offs[string].push_back(event.tick);
      }
    }
    std::map<std::size_t, std::int64_t> guesses;  // ticks, of the keys with lost ends
    for (const auto& [string, keys] : strikes) {
      std::size_t ended = 0;
      for (const std::size_t key : keys) {
        if (is_lost(key, keys, offs[string])) {
          guesses[key] = guessed_tick(key, keys, std::get<0>(string));
        } else {
          keys_[key].release_us = offs[string][ended++];
        }
      }
    }
    for (Key& key : keys_) {  // ticks until here
      key.start_us = time_us(key.start_us);
      key.release_us = key.release_us < 0 ? -1 : time_us(key.release_us);
      last_key_us_ = std::max({last_key_us_, key.start_us, key.release_us});
    }
    const std::int64_t usual_us = usual_length_us();
    for (const auto& [index, tick] : guesses) {
      Key& key = keys_[index];
      const std::int64_t guess_us = tick == kNever ? kNever : time_us(tick) - key.start_us;
      key.release_us =
          key.start_us + (guess_us > 0 && guess_us <= 10'000'000 ? guess_us : usual_us);
    }
    for (Key& key : keys_) {
      key.at_once = key.start_us == key.release_us;
      if (key.at_once) ++key.release_us;
    }
  }

  // From its strike on, its string is never without a key that is down. At one tick, keys that are
  // down are released before others are struck.
  bool is_lost(std::size_t key, const std::vector<std::size_t>& keys,
               const std::vector<std::int64_t>& offs) const {
    std::set<std::size_t> down;  // the latest strike is released first
    auto next = keys.begin();
    for (const std::int64_t off : offs) {
      const auto struck_before = [&](std::size_t k) {
        return keys_[k].start_us < off || (keys_[k].start_us == off && down.empty());
      };
      while (next != keys.end() && struck_before(*next)) down.insert(*next++);
      if (!down.empty()) down.erase(std::prev(down.end()));
    }
    down.insert(next, keys.end());
    return down.count(key) > 0;
  }

  std::int64_t guessed_tick(std::size_t key, const std::vector<std::size_t>& keys,
                            int track) const {
    std::int64_t guess = kNever;
    const std::int64_t start = keys_[key].start_us;
    for (const std::size_t other : keys) {
      if (keys_[other].start_us > start) guess = std::min(guess, keys_[other].start_us);
    }
    for (const Event& event : events_) {
      const bool all_off = event.track == track && event.status / 16 == 0xB &&
                           event.line == keys_[key].line &&
                           (event.first == 120 || event.first == 123);
      if (all_off && event.tick > start) guess = std::min(guess, event.tick);
    }
    return guess;
  }

  // The median of the keys that were held, at most two seconds.
  std::int64_t usual_length_us() const {
    std::vector<std::int64_t> lengths;
    for (const Key& key : keys_) {
      if (key.release_us > key.start_us) lengths.push_back(key.release_us - key.start_us);
    }
    if (lengths.empty()) return 2'000'000;
    std::sort(lengths.begin(), lengths.end());
    return std::min<std::int64_t>(lengths[lengths.size() / 2], 2'000'000);
  }

  // Orders within a moment, as write_smf() has them.
  enum { kSustainUp, kSustainDown, kSostenutoUp, kRelease, kStrike, kSostenutoDown };

  void move_pedals() {
    std::map<std::pair<int, int>, std::int64_t> down_since_us;
    std::map<std::tuple<int, int, int>, bool> down_of_track;
    const auto move = [&](const Event& event, int controller, bool down) {
      const auto [before, is_first] =
          down_of_track.try_emplace({event.track, event.line, controller});
      if (!is_first && before->second == down) return;
      before->second = down;
      if (time_us(event.tick) > last_key_us_ + 30'000'000) return;
      const std::pair pedal{event.line, controller};
      if (down) {
        down_since_us.try_emplace(pedal, time_us(event.tick));
      } else if (const auto since = down_since_us.find(pedal); since != down_since_us.end()) {
        add_pedal(event.line, controller, since->second, time_us(event.tick));
        down_since_us.erase(since);
      }
    };
    for (const Event& event : events_) {
      if (event.status / 16 != 0xB) continue;
      if (event.first == 64 || event.first == 66) move(event, event.first, event.second >= 64);
      if (event.first == 121) {
        move(event, 64, false);
        move(event, 66, false);
      }
    }
    for (const auto& [pedal, since_us] : down_since_us) {
      add_pedal(pedal.first, pedal.second, since_us, last_key_us_ + 2'000'000);
    }
  }

  void add_pedal(int line, int controller, std::int64_t start_us, std::int64_t end_us) {
    if (start_us >= end_us) return;
    const bool sustain = controller == 64;
    moves_.push_back({start_us, sustain ? kSustainDown : kSostenutoDown, line, 0});
    moves_.push_back({end_us, sustain ? kSustainUp : kSostenutoUp, line, 0});
  }

  void damp_strings() {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      moves_.push_back({keys_[i].start_us, kStrike, keys_[i].line, i});
      moves_.push_back({keys_[i].release_us, kRelease, keys_[i].line, i});
    }
    std::stable_sort(moves_.begin(), moves_.end(), [](const Move& a, const Move& b) {
      return std::tie(a.time_us, a.order) < std::tie(b.time_us, b.order);
    });
    struct Sounding {
      std::size_t key;
      bool key_down = true, caught = false;
    };
    std::map<int, std::vector<Sounding>> strings;  // of a line
    std::map<int, bool> sustained;
    for (const Move& move : moves_) {
      auto& sounding = strings[move.line];
      if (move.order == kSustainUp) sustained[move.line] = false;
      if (move.order == kSustainDown) sustained[move.line] = true;
      if (move.order == kStrike) sounding.push_back({move.key});
      for (Sounding& s : sounding) {
        if (move.order == kSostenutoUp) s.caught = false;
        if (move.order == kSostenutoDown) s.caught = true;
        if (move.order == kRelease && s.key == move.key) s.key_down = false;
      }
      std::erase_if(sounding, [&](const Sounding& s) {
        if (s.key_down || s.caught || sustained[move.line]) return false;
        keys_[s.key].end_us = move.time_us;
        return true;
      });
    }
  }

  std::vector<Note> one_string_a_pitch() const {
    const auto channels = channels_of_lines();
    std::map<int, std::map<std::int64_t, Note>> strings;
    for (const Key& key : keys_) {
      if (key.at_once && key.end_us == key.release_us) continue;
      Note note{key.start_us,
                static_cast<std::uint32_t>(key.end_us - key.start_us),
                static_cast<std::uint32_t>(key.release_us - key.start_us),
                static_cast<std::uint8_t>(key.pitch),
                static_cast<std::uint8_t>(key.velocity),
                static_cast<std::uint8_t>(channels.at(key.line))};
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
    std::int64_t last_key_us = 0;
    for (const auto& [place, note] : sorted) {
      last_key_us = std::max(last_key_us, note.start_us + note.key_length_us);
    }
    for (const auto& [place, note] : sorted) {
      notes.push_back(note);
      const std::int64_t most_us = last_key_us + 30'000'000 - note.start_us;
      if (note.length_us > most_us) notes.back().length_us = static_cast<std::uint32_t>(most_us);
    }
    return notes;
  }

  // Of each line with notes: its own if no earlier line has it, else the first that is free.
  std::map<int, int> channels_of_lines() const {
    std::map<int, int> channels;
    std::set<int> lines, taken{9};
    for (const Key& key : keys_) lines.insert(key.line);
    for (const int line : lines) {
      int channel = line % 16;
      if (taken.count(channel) > 0) {
        for (channel = 0; taken.count(channel) > 0;) ++channel;
      }
      taken.insert(channel);
      channels[line] = channel;
    }
    return channels;
  }

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::span<const std::byte> bytes_;
  std::vector<Event> events_;
  std::vector<Key> keys_;
  std::vector<Move> moves_;
  std::int64_t last_key_us_ = 0;
};

inline std::vector<Note> slow_notes(std::span<const std::byte> bytes) {
  return SlowReader(bytes).notes();
}

}  // namespace pno::midi
