#include "web/guard.h"

#include <gtest/gtest.h>

namespace pno::web {
namespace {

using Verdict = Guard::Verdict;

TEST(Guard, AnswersItsOwnPagesAndProgramsOnly) {
  const Guard guard({"localhost:8080", "127.0.0.1:8080"}, "");
  EXPECT_EQ(guard.judge({.host = "localhost:8080"}), Verdict::welcome);
  EXPECT_EQ(guard.judge({.host = "127.0.0.1:8080",
                         .origin = "http://127.0.0.1:8080",
                         .fetch_site = "same-origin"}),
            Verdict::welcome);
  EXPECT_EQ(guard.judge({.host = "evil.example:8080"}), Verdict::wrong_host);
  EXPECT_EQ(guard.judge({.host = ""}), Verdict::wrong_host);
  EXPECT_EQ(guard.judge({.host = "localhost:8080", .origin = "http://evil.example"}),
            Verdict::wrong_origin);
  EXPECT_EQ(guard.judge({.host = "localhost:8080", .origin = "null"}), Verdict::wrong_origin);
  EXPECT_EQ(guard.judge({.host = "localhost:8080", .fetch_site = "cross-site"}),
            Verdict::wrong_origin);
}

TEST(Guard, WantsTheTokenInQueryOrCookie) {
  const auto token = new_token();
  EXPECT_EQ(token.size(), 32U);
  EXPECT_NE(token, new_token());
  const Guard guard({}, token);
  EXPECT_EQ(guard.judge({.host = "studio.local"}), Verdict::no_token);
  EXPECT_EQ(guard.judge({.host = "studio.local", .token = token}), Verdict::welcome);
  EXPECT_EQ(guard.judge({.host = "studio.local", .cookie = "a=b; pno_token=" + token}),
            Verdict::welcome);
  EXPECT_EQ(guard.judge({.host = "studio.local", .cookie = "pno_token=" + token + "0"}),
            Verdict::no_token);
  EXPECT_EQ(guard.judge({.host = "studio.local", .cookie = "not_pno_token=" + token}),
            Verdict::no_token);
  EXPECT_EQ(guard.judge({.host = "studio.local", .cookie = ";;=;pno_token"}), Verdict::no_token);
  EXPECT_FALSE(Guard({}, "").is_token(""));
}

}  // namespace
}  // namespace pno::web
