#include "corpus/examples/composer_names.h"

#include <gmock/gmock.h>

#include "corpus/examples/test_examples.h"

namespace pno::corpus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ComposerNames, AreComparedBySurname) {
  for (const auto* name : {"Frédéric Chopin", "Chopin", "CHOPIN, F.", " F. Chopin "}) {
    EXPECT_EQ(composer_key(name), "chopin") << name;
  }
  EXPECT_EQ(composer_key("Antonín Dvořák"), "dvorak");
  EXPECT_EQ(composer_key("Leoš Janáček"), "janacek");
  EXPECT_EQ(composer_key("Camille Saint-Saëns"), "saint-saens");
  EXPECT_EQ(composer_key("Eugen d' Albert"), "albert");
  EXPECT_EQ(composer_key("Franz ( Liszt"), "liszt");
  EXPECT_EQ(composer_key("W. (Wassily) Sapellnikoff"), "sapellnikoff");
  EXPECT_EQ(composer_key("Dvor\xCC\x8C"
                         "a\xCC\x81k"),
            "dvorak");  // accents as characters of their own
}

TEST(ComposerNames, OnePersonHasOneKeyInEverySpelling) {
  for (const auto* name : {"Rachmaninoff", "S. Rachmaninov", "Rakhmaninov", "Rachmaninow"}) {
    EXPECT_EQ(composer_key(name), "rachmaninoff") << name;
  }
  EXPECT_EQ(composer_key("Peter Tschaikowsky"), composer_key("Pyotr Ilyich Tchaikovsky"));
  EXPECT_EQ(composer_key("Georg Friedrich Händel"), composer_key("Haendel"));
  EXPECT_EQ(composer_key("Aleksandr Nikolayevich Skryabin"), composer_key("Alexander Scriabin"));
}

TEST(ComposerNames, AnUnknownComposerHasNoKey) {
  for (const auto* name : {"", "???", " ", "Anonymous", "Traditional", "Unknown", "(?)"}) {
    EXPECT_EQ(composer_key(name), "") << name;
  }
}

Dataset dataset() {
  std::vector<Piece> pieces;
  std::int64_t start_us = 0;
  const auto add = [&](const char* composer, int count, Split split = Split::train) {
    for (int i = 0; i < count; ++i) {
      pieces.push_back(
          piece_of({{start_us += 1000, 1000, 60, 64}}, {.composer = composer, .split = split}));
    }
  };
  add("Frédéric Chopin", 3);
  add("Chopin", 1);
  add("Sergei Rachmaninoff", 1);
  add("Rachmaninov", 2);
  add("Bach", 2);
  add("Bach", 5, Split::validation);
  add("Franz Schubert / Franz Liszt", 9);
  add("", 9);
  return dataset_of(pieces);
}

TEST(ComposerNames, FrequentOnesAreCountedOverTrainingPieces) {
  const auto one = dataset();
  const Dataset* datasets[] = {&one, &one};
  EXPECT_THAT(frequent_composers(datasets, 6), ElementsAre("Chopin", "Rachmaninov"));
  EXPECT_THAT(frequent_composers(datasets, 4), ElementsAre("Bach", "Chopin", "Rachmaninov"));
  EXPECT_THAT(frequent_composers(datasets), IsEmpty());  // 40 pieces
}

TEST(ComposerNames, ATableGivesTheValueOfTheToken) {
  const std::vector<std::string> names = {"other", "Chopin", "Rachmaninov"};
  const ComposerTable table(names);
  EXPECT_EQ(table.value("Fryderyk Chopin"), 1);
  EXPECT_EQ(table.value("rachmaninoff"), 2);
  EXPECT_EQ(table.value("Bach"), 0);
  EXPECT_EQ(table.value("Frédéric Chopin / Franz Liszt"), 0);
  EXPECT_EQ(table.value(""), -1);
}

}  // namespace
}  // namespace pno::corpus
