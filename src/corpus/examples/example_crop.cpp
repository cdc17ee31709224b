#include "corpus/examples/example_crop.h"

#include <algorithm>

#include "corpus/examples/melody.h"

namespace pno::corpus {
namespace {

// Most music takes more than 3 tokens a note. If it takes fewer, more notes are gathered.
constexpr std::int64_t notes_for(std::size_t tokens) {
  return static_cast<std::int64_t>(tokens) * 2 / 7 + 32;
}

std::vector<std::int32_t> tokens_before(const std::vector<GridEvent>& events,
                                        const events::Vocabulary& vocabulary) {
  std::vector<std::int32_t> counts;
  counts.reserve(events.size() + 1);
  std::int32_t count = 0, now = 0;
  int last_bin = -1;
  for (const auto& event : events) {
    counts.push_back(count);
    const int longest = vocabulary.max_shift_steps;
    count += (event.step - now + longest - 1) / longest + 1;
    now = event.step;
    if (!event.is_on) continue;
    const int bin = vocabulary.velocity_bin(event.velocity);
    if (bin != last_bin) ++count;
    last_bin = bin;
  }
  counts.push_back(count);
  return counts;
}

// The tokens of an example that plain music does not have: BOS, EOS and controls, and the
// announcements of a melody.
std::int64_t tokens_beside_music(const ExampleCrop& crop, Task task) {
  constexpr std::int64_t kControls = 60, kOfAnnouncement = 2;
  if (task != Task::accompany && task != Task::realise) return kControls;
  return kControls + kOfAnnouncement * std::ranges::count_if(crop.events, [](const auto& event) {
                       return event.is_on && event.is_melody;
                     });
}

ExampleCrop crop_from(const CropPlace& place, Task task, std::size_t tokens,
                      const events::Vocabulary& vocabulary, RandomStream& random) {
  const bool has_melody = task != Task::plain && task != Task::infill;
  const GridOptions options = {.steps_per_second = vocabulary.steps_per_second,
                               .transpose = place.transpose,
                               .stretch = place.stretch,
                               .from_zero = place.note == 0,
                               .melody_is_given = has_melody && task != Task::realise};
  const auto left = place.dataset->notes_of(place.piece) - place.note;
  const auto before = random.position();
  ExampleCrop crop{.from_start = place.note == 0};
  std::vector<events::PlainNote> notes;
  for (auto count = std::min(notes_for(tokens), left);; count = std::min(2 * count, left)) {
    place.dataset->gather(place.piece, place.note, count, notes);
    random.seek(before);  // the same choice of melody, whatever the number of notes
    if (has_melody) mark_melody(*place.dataset, place.piece, random, notes);
    crop.events.clear();
    crop.events.reserve(2 * notes.size());
    GridMusic grid(options, crop.events);
    grid.add(notes);
    crop.to_end = count == left;
    if (crop.to_end) grid.finish();
    crop.tokens_before = tokens_before(crop.events, vocabulary);
    if (crop.to_end || crop.tokens_before.back() >= static_cast<std::int64_t>(tokens)) return crop;
  }
}

}  // namespace

ExampleCrop draw_example_crop(CropPlace place, Task task, std::size_t tokens,
                              const events::Vocabulary& vocabulary, RandomStream& random) {
  // Fewer missing tokens are left empty. Most music takes less than 4 tokens a note, so that the
  // steps back seldom go too far, which would cut off the end of the piece.
  constexpr std::int64_t kMostEmpty = 16, kTokensOfNote = 4;
  const auto before = random.position();
  for (;;) {
    random.seek(before);
    auto crop = crop_from(place, task, tokens, vocabulary, random);
    const auto missing = static_cast<std::int64_t>(tokens) - tokens_beside_music(crop, task) -
                         crop.tokens_before.back();
    if (!crop.to_end || place.note == 0 || missing < kMostEmpty) return crop;
    place.note -= std::min(place.note, missing / kTokensOfNote);
  }
}

}  // namespace pno::corpus
