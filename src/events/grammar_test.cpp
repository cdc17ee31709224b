#include "events/grammar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/allocation_count.h"
#include "base/fields.h"
#include "base/random.h"
#include "events/encode.h"
#include "events/random_music.h"
#include "events/real_music.h"
#include "events/text.h"

namespace pno::events {
namespace {

constexpr Vocabulary kCoarse = {.steps_per_second = 1, .max_shift_steps = 3, .velocity_bins = 127};
constexpr Vocabulary kOneBin = {.steps_per_second = 100, .max_shift_steps = 7, .velocity_bins = 1};
constexpr std::array kVocabularies = {kPerformance, kPnoAi, kPerformancePlus, kCoarse, kOneBin};

std::vector<Token> tokens_of(const std::string& text) {
  const auto tokens = from_text(text, kPerformance);
  EXPECT_TRUE(tokens.has_value()) << tokens.error().message;
  return tokens.value_or(std::vector<Token>{});
}

// The name of the fault of `next` after `text`.
std::string_view fault(const std::string& text, const std::string& next) {
  Grammar grammar(kPerformance);
  for (const Token token : tokens_of(text)) grammar.read(token);
  return enum_name(grammar.fault_of(tokens_of(next).front()));
}

TEST(Grammar, AllowsWhatEncodeWrites) {
  for (const auto& vocabulary : kVocabularies) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      for (const bool crop : {false, true}) {
        const auto tokens = random_canonical(seed, vocabulary, {.crop = crop});
        Grammar grammar(vocabulary);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
          if (i > 0) {
            ASSERT_EQ(grammar.fault_of(tokens[i]), Fault::none) << "event " << i << " of " << seed;
          }
          grammar.read(tokens[i]);
        }
      }
    }
  }
}

void check_real_music(std::size_t pieces) {
  for (const auto* zip : {"asap-midi.zip", "pop909.zip"}) {
    const auto music = real_music(std::filesystem::path(PNO_REAL_MUSIC) / zip, pieces);
    if (music.empty()) GTEST_SKIP() << zip << " is not there";
    for (const auto& vocabulary : {kPerformance, kPnoAi}) {
      std::int64_t faults = 0;
      for (const auto& piece : music) {
        Grammar grammar(vocabulary);
        for (const Token token : encode(piece.notes, vocabulary, {.bos = false})) {
          faults += grammar.fault_of(token) != Fault::none ? 1 : 0;
          grammar.read(token);
        }
      }
      EXPECT_EQ(faults, 0) << zip;
    }
  }
}

TEST(Grammar, AllowsRealMusic) {
  check_real_music(40);
}

TEST(SlowGrammar, AllowsRealMusicInTwoCorpora) {
  check_real_music(0);
}

TEST(Grammar, NamesTheFault) {
  const std::string note = "BOS\nVELOCITY 9\nNOTE_ON 60\n";
  const std::string chord = note + "NOTE_ON 64\nTIME_SHIFT 5\n";
  const std::vector<std::array<std::string, 3>> cases = {
      {note + "TIME_SHIFT 5\n", "NOTE_OFF 61", "stray_note_off"},
      {note + "TIME_SHIFT 5\n", "NOTE_ON 60", "restrike"},
      {note, "NOTE_OFF 60", "empty_note"},
      {chord + "NOTE_ON 70\n", "NOTE_OFF 60", "order"},
      {chord + "NOTE_ON 70\n", "NOTE_ON 62", "order"},
      {chord + "NOTE_OFF 64\n", "NOTE_OFF 60", "order"},
      {chord, "VELOCITY 9", "velocity"},
      {chord + "VELOCITY 3\n", "VELOCITY 4", "velocity"},
      {chord + "VELOCITY 3\n", "TIME_SHIFT 1", "velocity"},
      {chord + "VELOCITY 3\n", "NOTE_OFF 60", "velocity"},
      {note + "NOTE_ON 127\n", "VELOCITY 4", "velocity"},
      {"BOS\n", "NOTE_ON 60", "velocity"},
      {chord, "TIME_SHIFT 100", "split_shift"},
      {chord, "BOS", "piece_end"},
      {chord, "EOS", "piece_end"},
      {"BOS\n", "EOS", "piece_end"},
      {chord + "NOTE_OFF 60\n", "EOS", "piece_end"},
      {note + "TIME_SHIFT 5\nNOTE_OFF 60\nTIME_SHIFT 5\n", "EOS", "piece_end"},
  };
  for (const auto& [before, next, name] : cases) {
    EXPECT_EQ(fault(before, next), name) << before << "then " << next;
  }
}

TEST(Grammar, AllowsCanonicalEvents) {
  const std::string note = "BOS\nVELOCITY 9\nNOTE_ON 60\n";
  const std::vector<std::array<std::string, 2>> cases = {
      {"BOS\n", "TIME_SHIFT 100"},
      {"BOS\nTIME_SHIFT 100\n", "TIME_SHIFT 1"},
      {note, "VELOCITY 4"},
      {note, "NOTE_ON 61"},
      {note + "TIME_SHIFT 5\n", "NOTE_OFF 60"},
      {note + "TIME_SHIFT 5\nNOTE_OFF 60\n", "NOTE_ON 60"},  // struck again
      {note + "TIME_SHIFT 5\nNOTE_OFF 60\n", "NOTE_ON 40"},
      {note + "TIME_SHIFT 5\nNOTE_OFF 60\n", "EOS"},
  };
  for (const auto& [before, next] : cases) {
    EXPECT_EQ(fault(before, next), "none") << before << "then " << next;
  }
}

TEST(Grammar, AGivenNoteBelongsToItsPlayer) {
  Grammar grammar(kPerformance);
  const auto read = [&](const std::string& text) {
    for (const Token token : tokens_of(text)) grammar.read(token);
  };
  const auto read_given = [&](const std::string& text) {
    for (const Token token : tokens_of(text)) grammar.read_given(token);
  };
  const auto fault_of = [&](const std::string& next) {
    return enum_name(grammar.fault_of(tokens_of(next).front()));
  };
  read_given("VELOCITY 9\nNOTE_ON 72\n");
  EXPECT_EQ(grammar.sounding_notes(), 1);
  EXPECT_EQ(fault_of("NOTE_ON 60"), "velocity");  // VELOCITY is remembered for each player
  read("VELOCITY 9\nNOTE_ON 60\nTIME_SHIFT 5\n");
  EXPECT_EQ(fault_of("NOTE_ON 72"), "restrike");
  EXPECT_EQ(fault_of("NOTE_OFF 72"), "stray_note_off");
  // In a step the given events come first, and bind the order of the played ones in no way.
  read_given("NOTE_OFF 72\nNOTE_ON 80\n");
  EXPECT_EQ(fault_of("NOTE_OFF 60"), "none");
  EXPECT_EQ(fault_of("NOTE_ON 40"), "none");
  EXPECT_EQ(fault_of("NOTE_ON 80"), "restrike");
  // Another player's strike ends a played note: it is theirs from then on.
  read_given("NOTE_ON 60\n");
  EXPECT_EQ(fault_of("NOTE_OFF 60"), "stray_note_off");
  EXPECT_EQ(fault_of("TIME_SHIFT 3"), "none");
  read_given("TIME_SHIFT 3\n");
  EXPECT_EQ(grammar.step(), 8);
  EXPECT_EQ(fault_of("EOS"), "piece_end");
  read_given("NOTE_OFF 60\nNOTE_OFF 80\n");
  EXPECT_EQ(fault_of("EOS"), "none");
}

TEST(Grammar, ACutAllowsAnotherShift) {
  Grammar grammar(kPerformance);
  const auto shift = kPerformance.time_shift(5);
  grammar.read(shift);
  EXPECT_EQ(grammar.fault_of(shift), Fault::split_shift);
  grammar.continue_after_cut();
  EXPECT_EQ(grammar.fault_of(shift), Fault::none);
}

// For all events after each prefix of `tokens`.
void expect_the_mask_to_equal_the_faults(const std::vector<Token>& tokens,
                                         const Vocabulary& vocabulary) {
  Grammar grammar(vocabulary);
  std::vector<std::uint64_t> wanted(mask_words(vocabulary.outputs())), mask(wanted.size());
  for (std::size_t i = 0;; ++i) {
    std::ranges::fill(wanted, std::uint64_t{0});
    for (Token next = 0; next < vocabulary.outputs(); ++next) {
      if (grammar.fault_of(next) == Fault::none) {
        wanted[next / 64U] |= std::uint64_t{1} << (next % 64U);
      }
    }
    std::ranges::fill(mask, ~std::uint64_t{0});
    grammar.allowed(mask);
    ASSERT_EQ(mask, wanted) << "event " << i;
    if (i == tokens.size()) return;
    grammar.read(tokens[i]);
  }
}

TEST(Grammar, TheMaskHasTheEventsWithoutAFault) {
  for (const auto& vocabulary : kVocabularies) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      SCOPED_TRACE(fmt::format("{} seed {}", vocabulary_name(vocabulary), seed));
      const auto canonical = random_canonical(seed, vocabulary, {.crop = seed % 2 == 1});
      expect_the_mask_to_equal_the_faults(canonical, vocabulary);
      // Any events, as in a prime that was not encoded here.
      RandomStream random(seed, 0);
      std::vector<Token> any(500);
      for (auto& token : any) {
        token = static_cast<Token>(random.below(static_cast<std::uint64_t>(vocabulary.inputs())));
      }
      expect_the_mask_to_equal_the_faults(any, vocabulary);
    }
  }
}

TEST(Grammar, DoesNotAllocate) {
  const auto tokens = random_canonical(1, kPerformance);
  Grammar grammar(kPerformance);
  std::array<std::uint64_t, mask_words(kPerformance.outputs())> mask;
  const auto before = allocation_count();
  grammar.read_given(kPerformance.note_on(60));
  for (const Token token : tokens) {
    for (Token next = 0; next < kPerformance.outputs(); ++next) (void)grammar.fault_of(next);
    grammar.allowed(mask);
    grammar.read(token);
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace pno::events
