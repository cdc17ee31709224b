#include "infer/music/key.h"

#include <algorithm>
#include <cctype>

namespace pno::infer {
namespace {

constexpr int kOctave = 12;

struct Suffix {
  std::string_view text;
  int semitones;
};
constexpr std::array kAccidentals = {Suffix{"", 0}, Suffix{"#", 1}, Suffix{"b", -1},
                                     Suffix{"sharp", 1}, Suffix{"flat", -1}};
struct Mode {
  std::string_view text;
  bool minor;
};
constexpr std::array kModes = {Mode{"", false},     Mode{"m", true},    Mode{"min", true},
                               Mode{"minor", true}, Mode{"maj", false}, Mode{"major", false}};

constexpr std::array kNames = {"C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"};

// Foreignness by semitones above the tonic.
constexpr double kTriad = 0, kScale = 0.25, kRaised = 0.5, kForeign = 1;
constexpr std::array<double, kOctave> kMajor = {kTriad,   kForeign, kScale,   kForeign,
                                                kTriad,   kScale,   kForeign, kTriad,
                                                kForeign, kScale,   kForeign, kScale};
constexpr std::array<double, kOctave> kMinor = {kTriad,   kForeign, kScale,   kTriad,
                                                kForeign, kScale,   kForeign, kTriad,
                                                kScale,   kRaised,  kScale,   kRaised};

// Lower case, without spaces and without hyphens between words. A capital M at the end means major.
std::string plain(std::string_view text) {
  const bool is_major = text.ends_with('M');
  if (is_major) text.remove_suffix(1);
  std::string letters;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool joins = c == '-' && i + 1 < text.size();
    if (c != ' ' && !joins) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return is_major ? letters + "maj" : letters;
}

int natural_tonic(char letter) {
  constexpr std::array<int, 7> kSemitones = {9, 11, 0, 2, 4, 5, 7};  // a … g
  return letter >= 'a' && letter <= 'g' ? kSemitones[static_cast<std::size_t>(letter - 'a')] : -1;
}

}  // namespace

Expected<Key> parse_key(std::string_view text) {
  const auto letters = plain(text);
  const int natural = letters.empty() ? -1 : natural_tonic(letters.front());
  if (natural >= 0) {
    const auto rest = std::string_view(letters).substr(1);
    for (const auto& accidental : kAccidentals) {
      if (!rest.starts_with(accidental.text)) continue;
      const auto* const mode =
          std::find_if(kModes.begin(), kModes.end(), [&](const Mode& candidate) {
            return candidate.text == rest.substr(accidental.text.size());
          });
      if (mode == kModes.end()) continue;
      return Key{(natural + accidental.semitones + kOctave) % kOctave, mode->minor};
    }
  }
  return fail_usage("'{}' is not a key; write it like C, F#, Bb, Am or C#m", text);
}

std::string key_name(const Key& key) {
  return std::string(kNames.at(static_cast<std::size_t>(key.tonic))) + (key.minor ? "m" : "");
}

double foreignness(const Key& key, int pitch) {
  const auto above = static_cast<std::size_t>((pitch - key.tonic + kOctave) % kOctave);
  return key.minor ? kMinor[above] : kMajor[above];
}

}  // namespace pno::infer
