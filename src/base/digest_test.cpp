#include "base/digest.h"

#include <gtest/gtest.h>

namespace pno {
namespace {

std::uint64_t digest_of(std::string_view text) {
  Digest digest;
  digest.add(text);
  return digest.value();
}

// The test vectors of the authors of FNV.
TEST(Digest, EqualsThePublishedVectors) {
  EXPECT_EQ(digest_of(""), 0xcbf29ce484222325);
  EXPECT_EQ(digest_of("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(digest_of("foobar"), 0x85944171f73967e8);
}

TEST(Digest, PartsGiveTheDigestOfTheWhole) {
  Digest digest;
  digest.add("foo");
  digest.add(std::as_bytes(std::span("bar", 3)));
  EXPECT_EQ(digest.value(), digest_of("foobar"));
}

TEST(Digest, TextHas16Digits) {
  Digest digest;
  EXPECT_EQ(digest.text(), "cbf29ce484222325");
  digest.add("aa");
  EXPECT_EQ(digest.text(), "089c4307b54596b7");
}

}  // namespace
}  // namespace pno
