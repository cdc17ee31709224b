#include "base/fields.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace pno {
namespace {

enum class Colour { red, green };
constexpr auto enum_names(Colour) {
  return std::array{"red", "green"};
}

struct Config {
  int count = 3;
  std::int64_t steps = 10;
  std::uint64_t seed = 1;
  double rate = 0.1;
  bool loud = false;
  Colour colour = Colour::green;
  std::string title = "no title";

  template <class Self, class Visit>
  static void fields(Self& c, Visit&& visit) {
    visit("count", c.count, "an integer");
    visit("steps", c.steps, "a long one");
    visit("seed", c.seed, "one without a sign");
    visit("rate", c.rate, "a number");
    visit("loud", c.loud, "yes or no");
    visit("colour", c.colour, "one of several");
    visit("title", c.title, "any text");
  }

  bool operator==(const Config&) const = default;
};

TextFields as_text(const Config& config) {
  TextFields text;
  put_fields(config, "config.", text);
  return text;
}

TEST(Fields, EveryTypeSurvivesTheRoundTripThroughText) {
  const Config config{.count = std::numeric_limits<int>::min(),
                      .steps = std::numeric_limits<std::int64_t>::max(),
                      .seed = std::numeric_limits<std::uint64_t>::max(),
                      .rate = 1.0 / 3,
                      .loud = true,
                      .colour = Colour::red,
                      .title = "Für Elise = 'WoO 59'\n"};
  const auto back = get_fields<Config>("config.", as_text(config));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, config);
}

TEST(Fields, TextIsTheShortestForm) {
  const auto text = as_text(Config{});
  EXPECT_EQ(text.at("config.count"), "3");
  EXPECT_EQ(text.at("config.rate"), "0.1");
  EXPECT_EQ(text.at("config.loud"), "false");
  EXPECT_EQ(text.at("config.colour"), "green");
  EXPECT_EQ(text.at("config.title"), "no title");
  EXPECT_EQ(text.size(), 7U);
}

TEST(Fields, ErrorNamesAMissingField) {
  auto text = as_text(Config{});
  text.erase("config.rate");
  const auto back = get_fields<Config>("config.", text);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().message, "config.rate is missing");
}

TEST(Fields, ErrorNamesAnInvalidFieldAndItsText) {
  auto text = as_text(Config{});
  text["config.colour"] = "blue";
  const auto back = get_fields<Config>("config.", text);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().message, "config.colour: 'blue' is not one of red, green");
}

TEST(Fields, IgnoresOtherPrefixes) {
  EXPECT_FALSE(get_fields<Config>("model.", as_text(Config{})));
}

// Every text is refused, and the value does not change.
template <class T>
void expect_refused(std::initializer_list<std::string_view> texts, const T& before,
                    std::string_view reason) {
  for (const auto text : texts) {
    T value = before;
    const auto parsed = parse_field(text, value);
    ASSERT_FALSE(parsed) << "'" << text << "' was taken";
    EXPECT_EQ(parsed.error().message, fmt::format("'{}' is not {}", text, reason));
    EXPECT_EQ(value, before);
  }
}

TEST(Fields, RefusesTextThatIsNotANumber) {
  expect_refused<int>({"", " 1", "1 ", "+1", "1.5", "0x10", "one", "2147483648", "1e3"}, 7,
                      "an integer in range");
  expect_refused<std::uint64_t>({"-1", "18446744073709551616"}, 7, "an integer in range");
  expect_refused<double>({"", "1,5", "1.5 ", "nan", "inf", "-inf", "1e999", "--1"}, 0.5,
                         "a number");
}

TEST(Fields, RefusesTextThatIsNotTrueOrFalse) {
  expect_refused<bool>({"", "1", "yes", "True"}, true, "true or false");
}

TEST(Fields, RefusesAnUnknownEnumName) {
  expect_refused<Colour>({"", "Red", "0", "red "}, Colour::green, "one of red, green");
}

TEST(Fields, SetFieldSetsOneFieldByName) {
  Config config;
  const auto found = set_field(config, "count", "12");
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);
  EXPECT_EQ(config, Config{.count = 12});
}

TEST(Fields, SetFieldReturnsFalseForAnUnknownName) {
  Config config;
  const auto found = set_field(config, "counts", "12");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
  EXPECT_EQ(config, Config{});
}

TEST(Fields, SetFieldReturnsAnErrorForAnInvalidValue) {
  Config config;
  const auto found = set_field(config, "loud", "maybe");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "loud: 'maybe' is not true or false");
  EXPECT_EQ(config, Config{});
}

}  // namespace
}  // namespace pno
