#include "corpus/examples/music_example.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "corpus/examples/test_examples.h"
#include "events/role_grammar.h"

namespace pno::corpus {
namespace {

using events::Kind;
using events::kPerformancePlus;
using events::Role;

constexpr std::size_t kRowTokens = 600;
constexpr RolePair kSounding = {Role::played, Role::given};

struct Music {
  ExampleCrop crop;
  Example example;
};

template <class Check>
void for_music(Task task, Check&& check) {
  const auto dataset = dataset_of(random_pieces(4, 400));
  const Weighted weighted[] = {{&dataset, 1}};
  const auto places = PlaceSampler::create(weighted, Split::train, {});
  ASSERT_TRUE(places);
  for (std::uint64_t i = 0; i < 100; ++i) {
    RandomStream random(8, i);
    Music music{draw_example_crop(places->draw(7, i), task, kRowTokens, kPerformancePlus, random),
                {}};
    ExampleWriter writer(kPerformancePlus, kRowTokens, music.example);
    const auto plan = plan_controls(
        {.events = music.crop.events, .melody_is_given = task == Task::duet}, {}, random);
    write_music(music.crop, task, plan, kPerformancePlus, writer);
    SCOPED_TRACE(fmt::format("{} {}", enum_name(task), i));
    check(music);
    if (testing::Test::HasFatalFailure()) return;
  }
}

constexpr auto kMusicTasks = {Task::plain, Task::accompany, Task::realise, Task::duet};

TEST(MusicExample, PlayedAndGivenNotesTogetherAreTheCrop) {
  for (const auto task : kMusicTasks) {
    for_music(task, [](const Music& music) {
      const auto notes = timed_notes(music.example, kSounding, 0, music.example.tokens.size());
      auto crop = timed_notes(music.crop.events);
      ASSERT_LE(notes.size(), crop.size());
      crop.resize(notes.size());
      ASSERT_EQ(notes, crop);
    });
  }
}

TEST(MusicExample, TheGrammarAllowsEveryTargetAndTargetsArePlayed) {
  for (const auto task : kMusicTasks) {
    for_music(task, [&](const Music& music) {
      events::RoleGrammar grammar(kPerformancePlus);
      std::vector<std::uint64_t> mask(events::mask_words(kPerformancePlus.outputs()));
      for (std::size_t i = 0; i < music.example.tokens.size(); ++i) {
        const auto token = music.example.tokens[i];
        const auto kind = kPerformancePlus.event(token).kind;
        const bool is_played = music.example.roles[i] == Role::played && events::is_event(kind);
        ASSERT_EQ(music.example.targets[i] != 0, is_played && kind != Kind::bos && i > 0) << i;
        if (music.example.targets[i] != 0) {
          grammar.allowed(mask);
          ASSERT_TRUE(events::mask_contains(mask, token)) << "token " << i;
        }
        grammar.read(token, music.example.roles[i]);
      }
    });
  }
}

TEST(MusicExample, EachTaskHasItsRoles) {
  std::map<Task, std::map<Role, int>> counts;
  for (const auto task : kMusicTasks) {
    for_music(task, [&](const Music& music) {
      for (const auto role : music.example.roles) ++counts[task][role];
    });
  }
  for (const auto task : kMusicTasks) {
    const bool is_given = task == Task::accompany || task == Task::duet;
    const bool is_announced = task == Task::accompany || task == Task::realise;
    EXPECT_GT(counts[task][Role::played], 0);
    EXPECT_EQ(counts[task][Role::given] > 1000, is_given) << enum_name(task);
    EXPECT_EQ(counts[task][Role::announced] > 1000, is_announced) << enum_name(task);
    EXPECT_EQ(counts[task][Role::future], 0);
  }
}

// Each note of the melody that has an event before it, within 2 s, is announced once, before the
// first of these; and nothing else is. In `accompany` so no played note is announced.
TEST(MusicExample, AnnouncedNotesAreTheMelodyAtItsOnsets) {
  for (const auto task : {Task::accompany, Task::realise}) {
    for_music(task, [](const Music& music) {
      struct Onset {
        std::int64_t announced_at, units;
        int pitch;
        auto operator<=>(const Onset&) const = default;
      };
      std::vector<Onset> found, wanted;
      std::int64_t now = 0;
      const auto& example = music.example;
      for (std::size_t i = 0; i < example.tokens.size(); ++i) {
        const auto event = kPerformancePlus.event(example.tokens[i]);
        if (has(example, i, Kind::note_on, Role::announced) && i + 1 < example.tokens.size()) {
          ASSERT_TRUE(has(example, i + 1, Kind::time_shift, Role::announced));
          const auto units = kPerformancePlus.event(example.tokens[i + 1]).value;
          found.push_back({now, units, event.value});
        }
        const bool is_time = example.roles[i] != Role::announced && event.kind == Kind::time_shift;
        if (is_time) now += event.value;
      }
      for (const auto& note : music.crop.events) {
        if (!note.is_on || !note.is_melody) continue;
        const auto first = std::ranges::find_if(music.crop.events, [&](const GridEvent& event) {
          return event.step >= note.step - 200;
        });
        if (first->step == note.step) continue;
        const auto units = std::min((note.step - first->step + 1) / 2, 100);
        wanted.push_back({first->step, units, note.pitch});
      }
      std::ranges::stable_sort(wanted, {}, &Onset::announced_at);
      // The row ends before the crop.
      ASSERT_LE(found.size(), wanted.size());
      wanted.resize(found.size());
      ASSERT_EQ(found.size(), wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i) ASSERT_TRUE(found[i] == wanted[i]) << i;
    });
  }
}

TEST(MusicExample, InAStepGivenEventsComeFirstAndShiftsHaveTheRoleOfTheNextEvent) {
  for_music(Task::duet, [](const Music& music) {
    const auto& example = music.example;
    bool has_played = false;  // in this step
    auto shift_role = Role::played;
    bool is_after_shift = false;
    for (std::size_t i = 0; i < example.tokens.size(); ++i) {
      const auto kind = kPerformancePlus.event(example.tokens[i]).kind;
      if (!events::is_event(kind) || kind == Kind::bos || kind == Kind::eos) continue;
      if (is_after_shift) {
        ASSERT_EQ(example.roles[i], shift_role) << i;
      }
      is_after_shift = kind == Kind::time_shift;
      if (is_after_shift) {
        shift_role = example.roles[i];
        has_played = false;
        continue;
      }
      ASSERT_FALSE(has_played && example.roles[i] == Role::given) << i;
      has_played = example.roles[i] == Role::played;
    }
  });
}

TEST(MusicExample, IsWrittenAsTheContractSays) {
  ExampleCrop crop;
  crop.events = {{.step = 0, .pitch = 40, .velocity = 64, .is_on = true},
                 {.step = 30, .pitch = 72, .velocity = 100, .is_on = true, .is_melody = true},
                 {.step = 30, .pitch = 40},
                 {.step = 50, .pitch = 72, .is_melody = true}};
  crop.from_start = crop.to_end = true;
  const ControlPlace places[] = {{0, {-1, -1, 3, -1, -1, -1}}, {1, {-1, -1, -1, 2, -1, -1}}};
  const auto& v = kPerformancePlus;
  const auto key = v.token({Kind::key, 3}), density = v.token({Kind::density, 2});
  const auto written = [&](Task task) {
    Example example;
    ExampleWriter writer(v, kRowTokens, example);
    write_music(crop, task, places, v, writer);
    return example;
  };
  using Tokens = std::vector<events::Token>;
  EXPECT_EQ(written(Task::accompany).tokens,
            (Tokens{v.bos(), key, v.note_on(72), v.time_shift(15), v.velocity(15), v.note_on(40),
                    v.time_shift(30), density, v.velocity(24), v.note_on(72), v.note_off(40),
                    v.time_shift(20), v.note_off(72), v.eos()}));
  constexpr auto kP = Role::played, kG = Role::given, kA = Role::announced;
  EXPECT_EQ(written(Task::accompany).roles,
            (std::vector{kP, kP, kA, kA, kP, kP, kG, kP, kG, kG, kP, kG, kG, kP}));
  EXPECT_EQ(written(Task::duet).roles,
            (std::vector{kP, kP, kP, kP, kG, kP, kG, kG, kP, kG, kG, kP}));
  EXPECT_EQ(written(Task::realise).tokens, written(Task::accompany).tokens);
  EXPECT_EQ(written(Task::realise).roles,
            (std::vector{kP, kP, kA, kA, kP, kP, kP, kP, kP, kP, kP, kP, kP, kP}));
  EXPECT_EQ(written(Task::realise).targets,
            (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace pno::corpus
