#include "corpus/splits.h"

#include <algorithm>
#include <unordered_map>

#include "base/digest.h"

namespace pno::corpus {
namespace {

__extension__ using Wide = unsigned __int128;

// FNV-1a, and the finaliser of SplitMix64 (Steele et al., 2014) to spread it over all bits.
std::uint64_t hash_text(std::string_view text) {
  Digest digest;
  digest.add(text);
  std::uint64_t hash = digest.value();
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

bool is_word_byte(char letter) {
  const auto byte = static_cast<std::uint8_t>(letter);
  return byte >= 0x80 || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z');
}

// Words in lower case, one space between them.
std::string words_of(std::string_view text) {
  std::string words;
  bool in_gap = false;
  for (char letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (!is_word_byte(letter)) {
      in_gap = true;
      continue;
    }
    if (in_gap && !words.empty()) words += ' ';
    in_gap = false;
    words += letter;
  }
  return words;
}

// The splits known for pieces of one key.
struct KeyChoice {
  std::optional<Split> settled, listed;
};

void raise(std::optional<Split>& choice, Split split) {
  choice = std::max(choice.value_or(split), split);
}

static_assert(Split::train < Split::validation && Split::validation < Split::test,
              "splits in the order in which they are withheld");

}  // namespace

std::string piece_key(std::string_view composer, std::string_view title) {
  const std::string words = words_of(title);
  return words.empty() ? words : words_of(composer) + '|' + words;
}

Split split_by_hash(std::uint64_t hash, const SplitPercents& percents) {
  const auto percentile = static_cast<int>(Wide{hash} * 100 >> 64);
  if (percentile < percents[0]) return Split::train;
  if (percentile < percents[0] + percents[1]) return Split::validation;
  return Split::test;
}

std::vector<Split> choose_splits(std::span<const SplitQuestion> questions,
                                 const SplitPercents& percents) {
  std::unordered_map<std::string_view, KeyChoice> choices;
  for (const auto& question : questions) {
    if (question.key.empty() || !question.listed) continue;
    KeyChoice& choice = choices[question.key];
    raise(question.settled ? choice.settled : choice.listed, *question.listed);
  }
  std::vector<Split> splits;
  splits.reserve(questions.size());
  for (const auto& question : questions) {
    if (question.key.empty() || question.listed) {
      splits.push_back(question.listed.value_or(split_by_hash(question.content, percents)));
      continue;
    }
    const auto choice = choices.find(question.key);
    if (choice == choices.end()) {
      splits.push_back(split_by_hash(hash_text(question.key), percents));
    } else {
      splits.push_back(choice->second.settled ? *choice->second.settled
                                              : choice->second.listed.value());
    }
  }
  return splits;
}

std::vector<SplitConflict> find_conflicts(std::span<const SplitQuestion> questions,
                                          std::span<const Split> splits) {
  PNO_CHECK(questions.size() == splits.size(), "splits of other questions");
  std::unordered_map<std::string_view, std::size_t> title_of_key;
  std::vector<SplitConflict> titles;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (questions[i].key.empty()) continue;
    const auto [title, is_new] = title_of_key.emplace(questions[i].key, titles.size());
    if (is_new) titles.push_back({.first = i, .pieces = {}});
    ++titles[title->second].pieces[static_cast<std::size_t>(splits[i])];
  }
  std::erase_if(titles, [](const SplitConflict& title) {
    return std::ranges::count_if(title.pieces, [](auto count) { return count > 0; }) < 2;
  });
  return titles;
}

}  // namespace pno::corpus
