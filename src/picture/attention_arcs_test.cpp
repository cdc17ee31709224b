#include "picture/attention_arcs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <regex>
#include <string>

#include "base/file.h"
#include "picture/piano_roll.h"

namespace pno::picture {
namespace {

midi::Note note(int pitch, double start_s) {
  return {.start_us = static_cast<std::int64_t>(start_s * 1e6),
          .length_us = 500'000,
          .key_length_us = 500'000,
          .pitch = static_cast<std::uint8_t>(pitch),
          .velocity = 70};
}

// The SVG of three notes, with the arcs.
std::string drawn(const std::optional<AttentionArcs>& arcs) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("pno-arcs-{}.svg", ::getpid());
  const midi::Performance music{.notes = {note(60, 0), note(64, 1), note(67, 2)}, .pedals = {}};
  const auto result = draw_piano_roll(music, path, {}, arcs);
  EXPECT_TRUE(result) << result.error().message;
  const auto text = read_text(path);
  EXPECT_TRUE(text);
  std::filesystem::remove(path);
  return text.value_or("");
}

// How often `name` has the value: as an attribute or in a style, by the version of Cairo.
std::ptrdiff_t count(const std::string& text, const std::string& name, const std::string& value) {
  const std::regex pattern(name + "[:=]\"?" + value + "[\";]");
  return std::distance(std::sregex_iterator(text.begin(), text.end(), pattern), {});
}

TEST(AttentionArcs, HasTheChosenNoteAndThoseItWasDrawnFrom) {
  const AttentionArcs arcs{.chosen = 2, .heeded = {{.note = 0, .share = 0.5}}};
  EXPECT_TRUE(arcs.has(2));
  EXPECT_TRUE(arcs.has(0));
  EXPECT_FALSE(arcs.has(1));
}

TEST(AttentionArcs, OtherNotesAreFaint) {
  const auto faint = [](const std::optional<AttentionArcs>& arcs) {
    return count(drawn(arcs), "fill-opacity", "0.22");
  };
  EXPECT_EQ(faint({}), 0);
  EXPECT_EQ(faint(AttentionArcs{.chosen = 2, .heeded = {{0, 0.5}}}), 1);
  EXPECT_EQ(faint(AttentionArcs{.chosen = 2, .heeded = {{0, 0.5}, {1, 0.2}}}), 0);
}

TEST(AttentionArcs, TheGreatestShareHasTheWidestArc) {
  const auto svg = drawn(AttentionArcs{.chosen = 2, .heeded = {{0, 0.5}, {1, 0.25}}});
  EXPECT_EQ(count(svg, "stroke-width", "5"), 1);
  EXPECT_EQ(count(svg, "stroke-width", "3.25"), 1);
  EXPECT_EQ(count(drawn({}), "stroke-width", "5"), 0);
}

}  // namespace
}  // namespace pno::picture
