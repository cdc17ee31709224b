#include "report/listening_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pno::report {
namespace {

using testing::HasSubstr;
using testing::Not;

const ListeningPage kPage = {
    .test = "0123abcd",
    .pairs = {{ListeningSound{"f", "<svg>1</svg>"}, ListeningSound{"fo", "<svg>2</svg>"}},
              {ListeningSound{"foo", "<svg>3</svg>"}, ListeningSound{"foob", "<svg>4</svg>"}}}};

// The JSON that the script of the page reads.
nlohmann::json data_of(const std::string& html) {
  const std::string begin = "<script type=\"application/json\" id=\"test\">";
  const auto from = html.find(begin) + begin.size();
  return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
}

TEST(ListeningPage, HasTheSoundsOfEachPairInOrder) {
  const auto data = data_of(listening_page(kPage));
  EXPECT_EQ(data["test"], "0123abcd");
  ASSERT_EQ(data["pairs"].size(), 2U);
  EXPECT_EQ(data["pairs"][0], nlohmann::json::parse(R"(["Zg==", "Zm8="])"));
  EXPECT_EQ(data["pairs"][1], nlohmann::json::parse(R"(["Zm9v", "Zm9vYg=="])"));
}

TEST(ListeningPage, HidesRollsAndNamesNothingElse) {
  const auto html = listening_page(kPage);
  EXPECT_THAT(html, HasSubstr("<section class=\"rolls\" hidden><figure><h3>A</h3><svg>1</svg>"));
  EXPECT_THAT(html, Not(HasSubstr("<section class=\"rolls\"><")));
  EXPECT_THAT(html, Not(HasSubstr("<audio")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace pno::report
