#include "train/step/batch.h"

#include "base/error.h"
#include "events/role_grammar.h"
#include "train/step/step_losses.h"

namespace pno::train {
namespace {

TaskGroup group_of(corpus::Task task, bool in_middle) {
  switch (task) {
    case corpus::Task::plain:
      return TaskGroup::plain;
    case corpus::Task::infill:
      return in_middle ? TaskGroup::infill_middle : TaskGroup::infill_past;
    case corpus::Task::accompany:
      return TaskGroup::accompany;
    case corpus::Task::realise:
      return TaskGroup::realise;
    case corpus::Task::duet:
      break;
  }
  return TaskGroup::duet;
}

}  // namespace

void Batch::add(std::span<const events::Token> tokens, std::size_t music, events::Token padding) {
  PNO_CHECK(music <= tokens.size() && music <= static_cast<std::size_t>(length) + 1,
            "a row is longer than its batch");
  const auto first = rows++ * length;
  const auto known = music > 0 ? music - 1 : 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) {
    inputs.push_back(i < music ? tokens[i] : padding);
    if (i >= known) continue;
    targets.push_back(tokens[i + 1]);
    target_at.push_back(first + static_cast<std::int64_t>(i));
  }
}

void Batch::add(std::span<const events::Token> tokens, std::size_t music, events::Grammar grammar) {
  add(tokens, music, grammar.vocabulary().eos());
  const auto words = events::mask_words(grammar.vocabulary().outputs());
  std::vector<std::uint64_t> mask(words);
  allowed.reserve(allowed.size() + words * static_cast<std::size_t>(length));
  for (std::size_t i = 1; i < music; ++i) {
    grammar.read(tokens[i - 1]);
    grammar.allowed(mask);
    PNO_CHECK(events::mask_contains(mask, tokens[i]), "the grammar allows what encode() writes");
    allowed.insert(allowed.end(), mask.begin(), mask.end());
  }
}

void Batch::add(const corpus::Example& example, const events::Vocabulary& vocabulary) {
  const auto& tokens = example.tokens;
  PNO_CHECK(tokens.size() <= static_cast<std::size_t>(length) + 1,
            "a row is longer than its batch");
  const auto first = rows++ * length;
  std::vector<std::uint64_t> mask(events::mask_words(vocabulary.outputs()));
  events::RoleGrammar grammar(vocabulary);
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) {
    const bool is_music = i < tokens.size();
    inputs.push_back(is_music ? tokens[i] : vocabulary.eos());
    roles.push_back(is_music ? static_cast<std::int64_t>(example.roles[i]) : 0);
    if (i + 1 >= tokens.size()) continue;
    grammar.read(tokens[i], example.roles[i]);
    if (example.targets[i + 1] == 0) continue;
    targets.push_back(tokens[i + 1]);
    target_at.push_back(first + static_cast<std::int64_t>(i));
    groups.push_back(static_cast<std::int64_t>(group_of(example.task, grammar.in_middle())));
    grammar.allowed(mask);
    PNO_CHECK(events::mask_contains(mask, tokens[i + 1]), "the grammar allows what an example has");
    allowed.insert(allowed.end(), mask.begin(), mask.end());
  }
}

}  // namespace pno::train
