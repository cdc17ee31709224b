#include "eval/task_questions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/random.h"
#include "corpus/crop_place.h"
#include "corpus/examples/example_crop.h"
#include "corpus/examples/infill.h"
#include "corpus/examples/music_example.h"

namespace pno::eval {
namespace {

using corpus::Example;
using corpus::ExampleCrop;
using corpus::ExampleWriter;
using events::Kind;
using events::Role;

constexpr std::uint64_t kQuestionStreams = 0x7175657374;  // "quest"
constexpr std::size_t kMostTries = 50;                    // for each question

void count_none(Example& example, std::size_t first, std::size_t end) {
  std::fill(example.targets.begin() + static_cast<std::ptrdiff_t>(first),
            example.targets.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
}

// The step of the first NOTE_ON at or after `step`.
std::optional<std::int64_t> next_onset(const ExampleCrop& crop, std::int64_t step) {
  for (const auto& event : crop.events) {
    if (event.step >= step && event.is_on) return event.step;
  }
  return std::nullopt;
}

std::size_t position_of(const Example& example, events::Token token) {
  return static_cast<std::size_t>(std::ranges::find(example.tokens, token) -
                                  example.tokens.begin());
}

// Draws from `random` as a training example does.
std::optional<Question> infill_question(const corpus::CropPlace& place,
                                        const events::Vocabulary& vocabulary,
                                        const QuestionOptions& options, RandomStream& random) {
  const auto tokens = static_cast<std::size_t>(options.context) + 1;
  const auto crop =
      corpus::draw_example_crop(place, corpus::Task::infill, tokens, vocabulary, random);
  auto gap =
      corpus::draw_gap(crop, tokens, vocabulary,
                       {.least_gap_s = options.gap_s, .greatest_gap_s = options.gap_s}, random);
  if (!gap) return std::nullopt;
  const auto start = next_onset(crop, gap->start), end = next_onset(crop, gap->end);
  if (!start || !end || *end <= *start) return std::nullopt;
  gap->start = *start;
  gap->end = *end;
  Example both;
  ExampleWriter writer(vocabulary, tokens, both);
  if (!corpus::write_infill(crop, *gap, corpus::kNoControls, vocabulary, writer)) {
    return std::nullopt;
  }
  const auto prefix = position_of(both, vocabulary.token({Kind::prefix, 0}));
  const auto middle = position_of(both, vocabulary.token({Kind::middle, 0}));
  const auto end_at = both.tokens.size() - 1;  // END
  count_none(both, 0, middle);
  count_none(both, end_at, both.tokens.size());

  Example past;
  const auto copy = [&](std::size_t first, std::size_t last) {
    const auto part = [&](auto& from, auto& to) {
      to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(first),
                from.begin() + static_cast<std::ptrdiff_t>(last));
    };
    part(both.tokens, past.tokens);
    part(both.roles, past.roles);
    part(both.targets, past.targets);
  };
  if (crop.from_start) copy(0, 1);  // BOS
  copy(prefix + 1, middle);
  copy(middle + 1, end_at);
  Question question;
  question.examples = {std::move(past), std::move(both)};
  return question;
}

// TIME_SHIFTs depend on the melody, and the first note may stand at the beginning of the example.
void count_notes_after_the_first(const events::Vocabulary& vocabulary, Example& example) {
  bool has_note = false;
  for (std::size_t i = 0; i < example.tokens.size(); ++i) {
    const auto kind = vocabulary.event(example.tokens[i]).kind;
    const bool counts =
        has_note && (kind == Kind::note_on || kind == Kind::note_off || kind == Kind::velocity);
    has_note = has_note || (kind == Kind::note_on && example.roles[i] == Role::played);
    if (!counts) example.targets[i] = 0;
  }
}

// The crop without what does not fit a row when the melody is announced.
void shorten(ExampleCrop& crop, std::size_t tokens) {
  const auto limit = static_cast<std::int32_t>(tokens * 3 / 5);
  const auto end = std::ranges::upper_bound(crop.tokens_before, limit);
  const auto events = static_cast<std::size_t>(end - crop.tokens_before.begin()) - 1;
  if (events >= crop.events.size()) return;
  crop.events.resize(events);
  crop.tokens_before.resize(events + 1);
  crop.to_end = false;
}

std::optional<Question> accompaniment_question(const corpus::CropPlace& place,
                                               const events::Vocabulary& vocabulary,
                                               const QuestionOptions& options,
                                               RandomStream& random) {
  const auto tokens = static_cast<std::size_t>(options.context) + 1;
  auto crop = corpus::draw_example_crop(place, corpus::Task::accompany, tokens, vocabulary, random);
  shorten(crop, tokens);
  const auto is_melody = [](const corpus::GridEvent& event) { return event.is_melody; };
  const auto melody = std::ranges::count_if(crop.events, is_melody);
  if (melody == 0 || melody == std::ssize(crop.events)) return std::nullopt;
  auto alone = crop;
  std::erase_if(alone.events, is_melody);
  Question question;
  const auto write = [&](const ExampleCrop& of, corpus::Task task) {
    Example example;
    ExampleWriter writer(vocabulary, tokens, example);
    corpus::write_music(of, task, /*controls=*/{}, vocabulary, writer);
    count_notes_after_the_first(vocabulary, example);
    question.examples.push_back(std::move(example));
    return !writer.is_full();
  };
  const bool fit = write(alone, corpus::Task::plain) && write(crop, corpus::Task::duet) &&
                   write(crop, corpus::Task::accompany);
  return fit ? std::optional(std::move(question)) : std::nullopt;
}

}  // namespace

std::vector<std::string_view> conditions_of(EvalTask task) {
  switch (task) {
    case EvalTask::infill:
      return {"past", "both"};
    case EvalTask::accompany:
      return {"alone", "melody", "announced"};
    case EvalTask::none:
      break;
  }
  return {};
}

Expected<std::vector<Question>> draw_questions(EvalTask task, const corpus::Dataset& dataset,
                                               const events::Vocabulary& vocabulary,
                                               const QuestionOptions& options) {
  if (!vocabulary.has_roles) {
    return fail_usage(
        "the model has no roles, which the task {} needs; train one with "
        "'--vocabulary performance+'",
        enum_name(task));
  }
  const corpus::Weighted weighted[] = {{&dataset, 1}};
  PNO_TRY(const auto places, corpus::PlaceSampler::create(weighted, options.split,
                                                          {.max_transpose = 0, .max_stretch = 0}));
  std::vector<Question> questions;
  const auto seed = options.seed ^ kQuestionStreams;
  for (std::uint64_t i = 0; questions.size() < options.count; ++i) {
    if (i >= options.count * kMostTries) {
      return fail("the {} split has only {} of {} places for the task {}{}",
                  enum_name(options.split), questions.size(), options.count, enum_name(task),
                  options.gap_s > 0 ? fmt::format(" with a gap of {} s", options.gap_s) : "");
    }
    const auto place = places.draw(seed, i);
    RandomStream random(seed, i);
    random.seek(place.draws);
    auto question = task == EvalTask::infill
                        ? infill_question(place, vocabulary, options, random)
                        : accompaniment_question(place, vocabulary, options, random);
    if (!question) continue;
    question->piece = place.piece;
    questions.push_back(std::move(*question));
  }
  return questions;
}

}  // namespace pno::eval
