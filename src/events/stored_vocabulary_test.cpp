#include "events/stored_vocabulary.h"

#include <gmock/gmock.h>

namespace pno::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(StoredVocabulary, WithoutRolesTheFieldsAreAsBefore) {
  TextFields fields, before;
  put_vocabulary({kPerformance}, fields);
  put_fields(kPerformance, "vocabulary.", before);
  EXPECT_EQ(fields, before);
  EXPECT_EQ(fields.size(), 3U);
  EXPECT_EQ(*get_vocabulary(fields), StoredVocabulary{kPerformance});
}

TEST(StoredVocabulary, ReadsBackTheNamesThatItWrote) {
  const auto written = with_roles(kPerformance, {"Bach", "Dvořák, A.", "Saint-Saëns"});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->ids.composers, 4);
  EXPECT_THAT(written->composers, ElementsAre("other", "Bach", "Dvořák, A.", "Saint-Saëns"));
  TextFields fields;
  put_vocabulary(*written, fields);
  EXPECT_EQ(fields.at("vocabulary.composers"), "other;Bach;Dvořák, A.;Saint-Saëns");
  const auto read = get_vocabulary(fields);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, *written);
}

TEST(StoredVocabulary, NamesThatCannotBeStoredAreTold) {
  const auto error_of = [](const std::vector<std::string>& names) {
    const auto result = with_roles(kPerformance, names);
    return result ? "no error" : result.error().message;
  };
  EXPECT_THAT(error_of({"Bach", "Bach"}), HasSubstr("'Bach' stands there twice"));
  EXPECT_THAT(error_of({"other"}), HasSubstr("stands there twice"));
  EXPECT_THAT(error_of({""}), HasSubstr("cannot be stored"));
  EXPECT_THAT(error_of({"a;b"}), HasSubstr("'a;b' cannot be stored"));
  EXPECT_THAT(error_of({"a\nb"}), HasSubstr("cannot be stored"));
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back(fmt::format("composer {}", i));
  EXPECT_THAT(error_of(many), HasSubstr("composers is 1001"));
}

TEST(StoredVocabulary, WrongMetadataIsTold) {
  TextFields good;
  put_vocabulary(*with_roles(kPerformance, {"Bach"}), good);
  const auto error_with = [&](const std::string& key, const std::string& value) {
    auto fields = good;
    fields.erase(key);
    if (!value.empty()) fields[key] = value;
    const auto result = get_vocabulary(fields);
    return result ? "no error" : result.error().message;
  };
  EXPECT_EQ(error_with("vocabulary.roles", "yes"), "vocabulary.roles: 'yes' is not true");
  EXPECT_EQ(error_with("vocabulary.composers", ""), "vocabulary.composers is missing");
  EXPECT_THAT(error_with("vocabulary.composers", "Bach"), HasSubstr("'other' was expected"));
  EXPECT_THAT(error_with("vocabulary.composers", "other;Bach;"), HasSubstr("cannot be stored"));
  EXPECT_THAT(error_with("vocabulary.velocity_bins", "0"), HasSubstr("velocity_bins is 0"));
  EXPECT_THAT(error_with("vocabulary.max_shift_steps", ""), HasSubstr("is missing"));
}

}  // namespace
}  // namespace pno::events
