#include "corpus/examples/composer_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"

namespace pno::corpus {
namespace {

// The letters of U+00C0 to U+017F without their accents, small; '*' is not a letter.
constexpr std::string_view kPlainLetters =
    "aaaaaaaceeeeiiiidnooooo*ouuuuyts"
    "aaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssss"
    "sssstttttt"
    "uuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kPlainLetters.size() == 0x180 - 0xC0);

// Keys that are the same person's, and the one that stands for all of them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 33> kSpellings = {{
    {"albenitz", "albeniz"},
    {"balakireff", "balakirev"},
    {"chaikovskii", "tchaikovsky"},
    {"chaikovsky", "tchaikovsky"},
    {"chostakovitch", "shostakovich"},
    {"dvorjak", "dvorak"},
    {"glazounov", "glazunov"},
    {"glazunow", "glazunov"},
    {"haendel", "handel"},
    {"liadov", "lyadov"},
    {"liapounov", "lyapunov"},
    {"liapunov", "lyapunov"},
    {"metner", "medtner"},
    {"moussorgsky", "mussorgsky"},
    {"musorgskii", "mussorgsky"},
    {"musorgsky", "mussorgsky"},
    {"mussorgski", "mussorgsky"},
    {"prokofieff", "prokofiev"},
    {"prokofjev", "prokofiev"},
    {"prokofjew", "prokofiev"},
    {"rachmaninov", "rachmaninoff"},
    {"rachmaninow", "rachmaninoff"},
    {"rakhmaninov", "rachmaninoff"},
    {"rimskij-korsakov", "rimsky-korsakov"},
    {"rimsky-korsakoff", "rimsky-korsakov"},
    {"schostakowitsch", "shostakovich"},
    {"scriabine", "scriabin"},
    {"skriabin", "scriabin"},
    {"skrjabin", "scriabin"},
    {"skryabin", "scriabin"},
    {"tchaikovski", "tchaikovsky"},
    {"tschaikowski", "tchaikovsky"},
    {"tschaikowsky", "tchaikovsky"},
}};
static_assert(std::ranges::is_sorted(kSpellings));

constexpr std::array<std::string_view, 5> kUnknown = {"?", "anon", "anonymous", "traditional",
                                                      "unknown"};

// A bracket that is never closed reaches to the next word.
std::string without_brackets(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto open = std::min(text.find('('), text.size());
    result += text.substr(0, open);
    if (open == text.size()) break;
    const auto close = text.find(')', open);
    text.remove_prefix(close == std::string_view::npos ? open + 1 : close + 1);
  }
  return result;
}

// Small letters without accents; two bytes of UTF-8 for each accented letter or accent.
std::string folded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool has_two = (byte & 0xE0U) == 0xC0 && i + 1 < text.size();
    if (!has_two) {
      result += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
      continue;
    }
    const unsigned code = (byte & 0x1FU) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3FU);
    if (code >= 0xC0 && code < 0x180) {
      result += kPlainLetters[code - 0xC0];
    } else if (code < 0x300 || code >= 0x370) {  // those between are accents by themselves
      result += text.substr(i, 2);
    }
    ++i;
  }
  return result;
}

bool is_of_two(std::string_view composer) {
  return composer.find(" / ") != std::string_view::npos;
}

}  // namespace

std::string surname(std::string_view composer) {
  const std::string plain = without_brackets(composer);
  std::string_view name = trimmed(plain);
  const auto comma = name.find(',');
  if (comma != std::string_view::npos) name = trimmed(name.substr(0, comma));
  const auto space = name.find_last_of(" \t");
  if (space != std::string_view::npos) name.remove_prefix(space + 1);
  return std::string(name);
}

std::string composer_key(std::string_view composer) {
  std::string key = folded(surname(composer));
  const auto spelling = std::ranges::lower_bound(
      kSpellings, std::string_view(key), {}, &std::pair<std::string_view, std::string_view>::first);
  if (spelling != kSpellings.end() && spelling->first == key) return std::string(spelling->second);
  const bool is_only_marks = key.find_first_not_of("?.- ") == std::string::npos;
  return is_only_marks || std::ranges::find(kUnknown, key) != kUnknown.end() ? std::string() : key;
}

std::vector<std::string> frequent_composers(std::span<const Dataset* const> datasets,
                                            std::int64_t least_pieces) {
  std::map<std::string, std::map<std::string, std::int64_t>> pieces;  // by key and spelling
  for (const Dataset* dataset : datasets) {
    for (const std::size_t piece : dataset->split(Split::train)) {
      const auto& composer = dataset->info(piece).composer;
      const auto key = composer_key(composer);
      if (!key.empty() && !is_of_two(composer)) ++pieces[key][surname(composer)];
    }
  }
  std::vector<std::string> names;
  for (const auto& [key, spellings] : pieces) {
    std::int64_t all = 0;
    for (const auto& [spelling, count] : spellings) all += count;
    if (all < least_pieces) continue;
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    names.push_back(std::ranges::max_element(spellings, by_count)->first);
  }
  return names;
}

ComposerTable::ComposerTable(std::span<const std::string> names) {
  for (std::size_t i = 1; i < names.size(); ++i) {
    values_.emplace(composer_key(names[i]), static_cast<int>(i));
  }
}

int ComposerTable::value(std::string_view composer) const {
  const auto key = composer_key(composer);
  if (key.empty()) return -1;
  if (is_of_two(composer)) return 0;
  const auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second;
}

}  // namespace pno::corpus
