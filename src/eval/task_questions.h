#pragma once

// Questions to a model with roles: the same events of real music, given more or less of what stands
// around them.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "corpus/dataset.h"
#include "corpus/examples/example.h"
#include "events/vocabulary.h"

namespace pno::eval {

enum class EvalTask { none, infill, accompany };
constexpr auto enum_names(EvalTask) {
  return std::array{"none", "infill", "accompany"};
}

struct Question {
  std::size_t piece = 0;  // of the dataset
  // One for each condition of the task. Their targets are what is asked for: of an infill the
  // events of the gap, END not among them; of an accompaniment the NOTE_ON, NOTE_OFF and VELOCITY
  // events after its first note; the same tokens in all conditions.
  std::vector<corpus::Example> examples;
};

// The conditions of a task, in the order of Question::examples.
//   infill     past: the music before the gap; both: that and the music after it
//   accompany  alone: the accompaniment by itself; melody: the melody as it is heard;
//              announced: the melody as it is heard and announced
std::vector<std::string_view> conditions_of(EvalTask task);

// The gaps of infills, in seconds. A gap begins and ends with a NOTE_ON, the first after this time,
// so that its events are the same tokens in both conditions.
inline constexpr std::array kGapSeconds = {1, 2, 4, 8, 16};

struct QuestionOptions {
  corpus::Split split = corpus::Split::validation;
  int context = 2048;       // tokens of an example
  std::size_t count = 100;  // of questions
  double gap_s = 0;         // of infills
  std::uint64_t seed = 1;
};

// Questions at random places of a split, without augmentation and controls. Places whose music does
// not fit are passed over. Returns an error if the split has no notes, the vocabulary no roles, or
// fewer than `count` questions were found.
Expected<std::vector<Question>> draw_questions(EvalTask task, const corpus::Dataset& dataset,
                                               const events::Vocabulary& vocabulary,
                                               const QuestionOptions& options);

}  // namespace pno::eval
