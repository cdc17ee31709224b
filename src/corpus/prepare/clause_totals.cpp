#include "corpus/prepare/clause_totals.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/fields.h"

namespace pno::corpus {
namespace {

bool is_counted(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// The end of the clause that `text` begins with; the separator has two characters.
std::size_t clause_end(std::string_view text) {
  const std::size_t semicolon = text.find("; ");
  std::size_t comma = text.find(", ");
  while (comma < semicolon && !is_counted(text) && !is_counted(text.substr(comma + 2))) {
    comma = text.find(", ", comma + 2);
  }
  return std::min({semicolon, comma, text.size()});
}

// One key for "note" and "notes".
std::string without_plural(std::string_view words) {
  std::string key;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool ends_word = i + 1 == words.size() || words[i + 1] == ' ';
    if (words[i] != 's' || !ends_word) key += words[i];
  }
  return key;
}

}  // namespace

std::vector<ClauseTotal> total_clauses(std::span<const std::string> remarks) {
  std::map<std::string, ClauseTotal> totals;
  for (const std::string& remark : remarks) {
    for (std::string_view rest = remark; !rest.empty();) {
      std::string_view clause = rest.substr(0, clause_end(rest));
      rest.remove_prefix(std::min(clause.size() + 2, rest.size()));
      double number = 0;
      const auto digits = std::min(clause.find_first_not_of("0123456789."), clause.size());
      if (read_number(clause.substr(0, digits), number)) {
        clause.remove_prefix(std::min(clause.find_first_not_of(' ', digits), clause.size()));
      }
      ClauseTotal& total = totals[without_plural(clause)];
      if (clause.size() > total.what.size()) total.what = clause;  // the plural, if there is one
      total.number += number;
      ++total.files;
    }
  }
  std::vector<ClauseTotal> sorted;
  for (auto& [key, total] : totals) sorted.push_back(std::move(total));
  std::ranges::stable_sort(sorted, std::greater{}, &ClauseTotal::files);
  return sorted;
}

}  // namespace pno::corpus
