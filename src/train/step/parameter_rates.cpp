#include "train/step/parameter_rates.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/fields.h"

namespace pno::train {
namespace {

constexpr double kMostFactor = 1000;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<int> parse_integer(std::string_view text) {
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// True if a word of a group matches a word of a name.
bool word_fits(std::string_view wanted, std::string_view word) {
  if (wanted == "*" || wanted == word) return true;
  const auto dash = wanted.find('-');
  const auto number = parse_integer(word);
  if (dash == std::string_view::npos || !number) return false;
  const auto first = parse_integer(wanted.substr(0, dash));
  const auto last = parse_integer(wanted.substr(dash + 1));
  return first && last && *first <= *number && *number <= *last;
}

bool fits(std::string_view group, std::string_view name) {
  const auto wanted = split(group, '.'), words = split(name, '.');
  return wanted.size() <= words.size() &&
         std::equal(wanted.begin(), wanted.end(), words.begin(), word_fits);
}

// "embedding, final_norm, output, layers.0-5, layers.0.attention_norm, …".
std::string known_groups(const std::vector<model::Parameter>& list) {
  std::vector<std::string> groups, within;
  std::string_view last_layer = "0";
  const auto add = [](std::vector<std::string>& to, std::string name) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(std::move(name));
  };
  for (const auto& parameter : list) {
    const auto words = split(parameter.name, '.');
    if (words.front() != "layers") {
      add(groups, std::string(words.front()));
    } else {
      last_layer = words[1];
      add(within, fmt::format("layers.0.{}", words[2]));
    }
  }
  return fmt::format("{}, layers.0-{}, {}", fmt::join(groups, ", "), last_layer,
                     fmt::join(within, ", "));
}

Expected<void> set_group(const std::vector<model::Parameter>& list, std::string_view field,
                         std::string_view group, double factor, std::vector<double>& factors) {
  bool found = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!fits(group, list[i].name)) continue;
    factors[i] = factor;
    found = true;
  }
  if (found) return {};
  return fail_usage("{}: '{}' matches no parameter of this model; it has {}", field, group,
                    known_groups(list));
}

Expected<void> set_rates(const std::vector<model::Parameter>& list, std::string_view layer_rates,
                         std::vector<double>& factors) {
  for (const auto item : split(layer_rates, ',')) {
    const auto equals = item.find('=');
    double factor = 0;
    if (equals == std::string_view::npos || !parse_field(item.substr(equals + 1), factor) ||
        factor < 0 || factor > kMostFactor) {
      return fail_usage(
          "layer_rates: '{}' is not GROUP=FACTOR with a factor from 0 to {}, such as "
          "'layers.0-2=0.3'",
          item, kMostFactor);
    }
    PNO_TRY_VOID(set_group(list, "layer_rates", item.substr(0, equals), factor, factors));
  }
  return {};
}

}  // namespace

Expected<std::vector<double>> rate_factors(const std::vector<model::Parameter>& list,
                                           std::string_view freeze, std::string_view layer_rates) {
  std::vector<double> factors(list.size(), 1.0);
  if (!layer_rates.empty()) PNO_TRY_VOID(set_rates(list, layer_rates, factors));
  if (!freeze.empty()) {
    for (const auto group : split(freeze, ',')) {
      PNO_TRY_VOID(set_group(list, "freeze", group, 0, factors));
    }
  }
  if (std::all_of(factors.begin(), factors.end(), [](double factor) { return factor == 0; })) {
    return fail_usage("freeze and layer_rates leave no parameter to learn");
  }
  return factors;
}

}  // namespace pno::train
