#include "cli/dataset_piece.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/fields.h"
#include "base/number_text.h"
#include "base/printable_text.h"
#include "corpus/matching/seen_music.h"

namespace pno::cli {
namespace {

constexpr std::size_t kListed = 5;  // pieces in a message

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

}  // namespace

Expected<std::size_t> find_piece(const corpus::Dataset& dataset, const std::string& wanted) {
  const std::size_t count = dataset.pieces();
  if (wanted.empty() && count == 1) return 0;
  if (wanted.empty()) {
    return fail_usage(
        "{}: has {} pieces; choose one with --piece, its number or a part of its title",
        dataset.name(), grouped(static_cast<std::int64_t>(count)));
  }
  if (std::size_t number = 0; parse_field(wanted, number)) {
    if (number >= 1 && number <= count) return number - 1;
    return fail_usage("{}: has no piece {}; its pieces are 1 to {}", dataset.name(), number,
                      grouped(static_cast<std::int64_t>(count)));
  }
  std::vector<std::size_t> found;
  for (std::size_t piece = 0; piece < count; ++piece) {
    const auto& info = dataset.info(piece);
    const auto text = lower(corpus::piece_name(info) + " " + info.source);
    if (text.find(lower(wanted)) != std::string::npos) found.push_back(piece);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail_usage(
        "{}: no piece has '{}' in its title, composer or file; give a number, 1 to {}",
        dataset.name(), printable_text(wanted), grouped(static_cast<std::int64_t>(count)));
  }
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), kListed); ++i) {
    list += fmt::format("{}{} {}", i == 0 ? "" : "; ", found[i] + 1,
                        corpus::piece_name(dataset.info(found[i])));
  }
  return fail_usage("{}: {} pieces have '{}' in their title, composer or file: {}{}; give a number",
                    dataset.name(), found.size(), printable_text(wanted), list,
                    found.size() > kListed ? "; …" : "");
}

midi::Performance piece_performance(const corpus::Dataset& dataset, std::size_t piece) {
  midi::Performance performance;
  for (const auto& note : dataset.music(piece)) {
    performance.notes.push_back({.start_us = note.start_us,
                                 .length_us = note.length_us,
                                 .key_length_us = note.length_us,
                                 .pitch = note.pitch,
                                 .velocity = note.velocity});
  }
  return performance;
}

}  // namespace pno::cli
