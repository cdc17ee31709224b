#include "corpus/examples/infill.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pno::corpus {
namespace {

using events::Kind;
using events::Role;

// Tokens of an infill that plain music does not have: BOS, controls, structure, the length of the
// gap, the held notes, two TIME_SHIFTs that are cut. A crop's last ones are left out for them.
constexpr std::size_t kOverhead = 60;
// A passage that is bounded in tokens ends before an event of more than one token.
constexpr std::size_t kMargin = 15;
constexpr std::size_t kFutureShare = 4, kMiddleShare = 2, kPastShare = 8;

// The first event after the edge at a step.
std::size_t event_at(const std::vector<GridEvent>& events, std::int64_t step) {
  const auto is_before = [&](const GridEvent& event) {
    return event.step < step || (event.step == step && !event.is_on);
  };
  return static_cast<std::size_t>(std::ranges::partition_point(events, is_before) - events.begin());
}

events::PitchSet sounding_before(const std::vector<GridEvent>& events, std::size_t end) {
  events::PitchSet sounding;
  for (std::size_t i = 0; i < end; ++i) {
    if (events[i].is_on) {
      sounding.insert(events[i].pitch);
    } else {
      sounding.erase(events[i].pitch);
    }
  }
  return sounding;
}

// The step after which the crop has at most `tokens` tokens up to event `end`.
std::int64_t step_for_last(const ExampleCrop& crop, std::size_t end, std::size_t tokens) {
  const auto before = crop.tokens_before[end] - static_cast<std::int64_t>(tokens);
  const auto first = std::ranges::lower_bound(crop.tokens_before, before);
  const auto index = static_cast<std::size_t>(first - crop.tokens_before.begin());
  return index == 0 ? 0 : crop.events[std::min(index, crop.events.size() - 1)].step + 1;
}

// Whether nothing sounds or begins at an edge: the future then begins with a TIME_SHIFT, which
// could not be told from those of a gap of longest ones.
bool begins_with_shift(const std::vector<GridEvent>& events, std::int64_t step) {
  const auto first = event_at(events, step);
  return first < events.size() && events[first].step > step &&
         sounding_before(events, first).empty();
}

}  // namespace

std::optional<Gap> draw_gap(const ExampleCrop& crop, std::size_t tokens,
                            const events::Vocabulary& vocabulary, const InfillOptions& options,
                            RandomStream& random) {
  const int steps_per_second = vocabulary.steps_per_second;
  const int longest_shift = vocabulary.max_shift_steps;
  const auto& events = crop.events;
  const auto& counts = crop.tokens_before;
  const auto steps = [&](double seconds) {
    return static_cast<std::int64_t>(std::lround(seconds * steps_per_second));
  };
  const double future_s = options.least_future_s +
                          (options.greatest_future_s - options.least_future_s) * random.uniform();
  const double gap_s = options.least_gap_s *
                       std::pow(options.greatest_gap_s / options.least_gap_s, random.uniform());
  if (tokens <= 2 * kOverhead) return std::nullopt;
  const auto usable = static_cast<std::int64_t>(tokens - kOverhead);
  const auto last =
      static_cast<std::size_t>(std::ranges::upper_bound(counts, usable) - counts.begin()) - 1;
  if (last == 0) return std::nullopt;
  Gap gap;
  const std::int64_t last_step = events[last - 1].step;
  gap.end = std::max(last_step - steps(future_s),
                     step_for_last(crop, last, tokens / kFutureShare - kMargin));
  if (last_step - gap.end < steps(options.least_future_s)) return std::nullopt;
  const auto past =
      std::ranges::lower_bound(counts, static_cast<std::int64_t>(tokens / kPastShare));
  if (past >= counts.end() - 1) return std::nullopt;
  const std::int64_t past_end = events[static_cast<std::size_t>(past - counts.begin())].step + 1;
  gap.start =
      std::max({gap.end - steps(gap_s), past_end,
                step_for_last(crop, event_at(events, gap.end), tokens / kMiddleShare - kMargin)});
  if (gap.end - gap.start < steps(options.least_gap_s)) return std::nullopt;
  if ((gap.end - gap.start) % longest_shift == 0 && begins_with_shift(events, gap.end)) ++gap.end;
  gap.future_end = gap.end + steps(options.greatest_future_s);
  return gap;
}

ControlValues infill_controls(const ExampleCrop& crop, const Gap& gap, const PieceControls& piece,
                              int steps_per_second) {
  const auto& events = crop.events;
  const auto start = event_at(events, gap.start), end = event_at(events, gap.end);
  MusicMeter meter;
  for (std::size_t i = 0; i < start; ++i) meter.read(events[i]);
  MusicSums all = meter.take(gap.start);
  for (std::size_t i = start; i < end; ++i) meter.read(events[i]);
  const MusicSums middle = meter.take(gap.end);
  all.add(middle);
  std::size_t i = end;
  for (; i < events.size() && events[i].step <= gap.future_end; ++i) meter.read(events[i]);
  all.add(meter.take(i > end ? events[i - 1].step : gap.end));
  return control_values(piece, middle, all, steps_per_second);
}

bool write_infill(const ExampleCrop& crop, const Gap& gap, const ControlValues& controls,
                  const events::Vocabulary& vocabulary, ExampleWriter& writer) {
  const auto& events = crop.events;
  const auto start = event_at(events, gap.start), end = event_at(events, gap.end);
  const auto tokens = writer.room();

  Example music;  // PREFIX past MIDDLE middle END
  ExampleWriter played(vocabulary, tokens, music);
  played.put(Kind::prefix, Role::played);
  const auto play = [&](std::size_t first, std::size_t last, std::int64_t until) {
    for (std::size_t i = first; i < last; ++i) {
      played.shift_to(events[i].step, Role::played);
      played.put_note(events[i], Role::played);
    }
    played.shift_to(until, Role::played);
  };
  play(0, start, gap.start);
  played.put(Kind::middle, Role::played);
  play(start, end, gap.end);
  played.put(Kind::end, Role::played);
  if (played.is_full()) return false;

  Example head;  // BOS controls INFILL gap | future
  ExampleWriter future(vocabulary, tokens - music.tokens.size(), head);
  if (crop.from_start) future.put(Kind::bos, Role::played);
  future.put_controls(controls);
  future.put(Kind::infill, Role::played);
  future.put_shifts(gap.end - gap.start, Role::future);
  sounding_before(events, end).for_each([&](int pitch) { future.put_pitch(pitch, Role::future); });
  future.set_now(gap.end);
  const auto first_of_future = future.size();
  const auto has_room = [&] {
    return !future.is_full() && future.size() - first_of_future < tokens / kFutureShare - kMargin;
  };
  std::size_t i = end;
  for (; i < events.size() && events[i].step <= gap.future_end && has_room(); ++i) {
    future.shift_to(events[i].step, Role::future);
    future.put_note(events[i], Role::future);
  }
  if (i == events.size() && crop.to_end && has_room()) future.put(Kind::eos, Role::future);

  writer.set_task(Task::infill);
  writer.append(head);
  writer.append(music);
  return true;
}

}  // namespace pno::corpus
