#include "infer/infill.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/interrupt.h"
#include "base/stopwatch.h"
#include "infer/role_writer.h"
#include "model/not_finite.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::PlainNote;
using events::Role;
using events::Token;
using events::Vocabulary;

// Tokens of an example that are not of the past, the future or the middle.
constexpr std::size_t kOverhead = 16;
// The part of the context that is left when a session is prefilled again.
constexpr std::size_t kRoomShare = 16;

// The music after the gap, as the model reads it.
struct Future {
  events::PitchSet held;
  std::vector<StepEvent> events;  // steps from the right edge
};

StepNote on_grid(const PlainNote& note, std::int64_t origin_us, const Vocabulary& vocabulary) {
  const auto start = nearest_step(note.start_us, origin_us, vocabulary);
  const auto end = nearest_step(note.start_us + note.length_us, origin_us, vocabulary);
  return {.start_step = start,
          .end_step = std::max(end, start + 1),
          .pitch = note.pitch,
          .velocity = note.velocity};
}

// The music before the gap: NOTE_ONs before step 0, NOTE_OFFs up to it.
std::vector<StepEvent> past_of(const Gap& gap, const Vocabulary& vocabulary) {
  std::vector<StepNote> notes;
  for (const auto& note : gap.stays) {
    if (note.start_us >= gap.from_us) break;
    auto step_note = on_grid(note, gap.from_us, vocabulary);
    step_note.start_step = std::min<std::int64_t>(step_note.start_step, -1);
    if (note.start_us + note.length_us <= gap.from_us) {
      step_note.end_step = std::min<std::int64_t>(step_note.end_step, 0);
    } else {
      step_note.end_step = std::max<std::int64_t>(step_note.end_step, 1);
    }
    notes.push_back(step_note);
  }
  auto events = step_events(std::move(notes), vocabulary);
  std::erase_if(events, [](const StepEvent& event) { return event.step > 0; });
  return events;
}

// Notes that sound across the right edge are held, wherever they began.
Future future_of(const Gap& gap, const Vocabulary& vocabulary) {
  std::vector<StepNote> notes;
  const auto add = [&](const PlainNote& note) {
    auto step_note = on_grid(note, gap.to_us, vocabulary);
    if (note.start_us < gap.to_us) {
      if (step_note.end_step <= 0) return;
      step_note.start_step = -1;
    } else {
      step_note.start_step = std::max<std::int64_t>(step_note.start_step, 0);
      step_note.end_step = std::max(step_note.end_step, step_note.start_step + 1);
    }
    notes.push_back(step_note);
  };
  for (const auto& note : gap.stays) add(note);
  for (const auto& note : gap.leaves) add(note);
  const auto events = step_events(std::move(notes), vocabulary);
  const auto is_before = [](const StepEvent& event) {
    return event.step < 0 || (event.step == 0 && !event.is_on());
  };
  const auto first = std::partition_point(events.begin(), events.end(), is_before);
  Future future;
  future.held = sounding_before(events, static_cast<std::size_t>(first - events.begin()));
  future.events.assign(first, events.end());
  return future;
}

class GapFiller {
 public:
  GapFiller(const std::shared_ptr<const Engine>& engine, const Gap& gap,
            const RoleMusicOptions& options)
      : vocabulary_(engine->vocabulary()),
        context_(static_cast<std::size_t>(engine->config().context)),
        gap_(gap),
        wishes_(options.wishes),
        session_(engine, options.guidance),
        sampler_(vocabulary_, options.draw, options.seed, options.stream),
        blank_(sampler_),
        writer_(vocabulary_),
        length_(nearest_step(gap.length_us, 0, vocabulary_)),
        past_(past_of(gap, vocabulary_)),
        future_(future_of(gap, vocabulary_)) {
    open_.fill(kSilent);
    most_tokens_ = kMaxTokensPerSecond * (1 + length_ / std::max(vocabulary_.steps_per_second, 1));
  }

  Expected<void> fill(const ProgressFunction& progress);
  RoleMusic take_result();

  std::int64_t length() const { return length_; }

 private:
  static constexpr std::size_t kSilent = SIZE_MAX;

  // The future, as far as it fits, or without it if a continuation comes first.
  void write_head(std::int64_t gap_left);
  // Returns true if that is all of the past, so that the music begins as the piece does.
  bool write_past(std::size_t most_tokens);
  // Reads an example for the music that is left, whose middle begins now.
  void prefill();
  Expected<void> draw_until(std::int64_t step, const ProgressFunction& progress);
  void hear(const events::Event& event);
  void end_note(std::size_t index, std::int64_t end_us);
  std::int64_t time_us(std::int64_t step) const {
    return gap_.from_us + std::llround(static_cast<double>(step) * vocabulary_.step_us());
  }
  std::int64_t gap_end_us() const { return gap_.from_us + gap_.length_us; }
  std::int64_t original_end_us(int pitch) const;

  const Vocabulary& vocabulary_;
  std::size_t context_;
  const Gap& gap_;
  Wishes wishes_;
  GuidedSession session_;
  MusicSampler sampler_, blank_;
  RoleWriter writer_;
  std::int64_t length_;          // steps of the gap
  std::vector<StepEvent> past_;  // before the gap, and what was drawn since
  Future future_;
  std::int64_t now_ = 0;  // steps from the left edge
  std::size_t read_ = 0;  // tokens since the last prefill
  bool knows_future_ = false, is_done_ = false;
  std::int64_t most_tokens_ = 0;
  int bin_ = 0;                          // of the last VELOCITY
  std::array<std::size_t, 128> open_{};  // the new note that sounds, by pitch
  RoleMusic result_;
  Stopwatch watch_;
};

void GapFiller::write_head(std::int64_t gap_left) {
  // If nothing sounds or begins at the edge, a gap of longest TIME_SHIFTs could not be told from
  // the one that the future begins with: the edge then lies one step earlier for the model.
  const bool begins_with_shift =
      future_.held.empty() && !future_.events.empty() && future_.events.front().step > 0;
  const bool is_moved = begins_with_shift && gap_left % vocabulary_.max_shift_steps == 0;
  const std::int64_t moved = is_moved ? 1 : 0;
  writer_.put(Kind::infill);
  writer_.put_shifts(gap_left - moved, Role::future);
  future_.held.for_each([&](int pitch) { writer_.put_pitch(pitch, Role::future); });
  writer_.set_now(-moved);
  const auto first = writer_.size();
  const auto last_step = std::llround(kLongestFuture_s * vocabulary_.steps_per_second);
  const std::size_t most = std::max<std::size_t>(context_ / kFutureShare, 1);
  std::size_t i = 0;
  for (; i < future_.events.size() && future_.events[i].step <= last_step; ++i) {
    if (writer_.size() - first + 4 > most) break;
    writer_.shift_to(future_.events[i].step, Role::future);
    writer_.put_note(future_.events[i], Role::future);
  }
  if (i == future_.events.size()) writer_.put(Kind::eos, Role::future);
}

// The last events of the past, from a NOTE_ON on. A NOTE_OFF of a note before them is left out.
bool GapFiller::write_past(std::size_t most_tokens) {
  std::size_t first = past_.size(), tokens = 0;
  std::int64_t later = now_;
  while (first > 0) {
    const auto& event = past_[first - 1];
    tokens += (event.is_on() ? 2 : 1) +
              static_cast<std::size_t>(later - event.step + vocabulary_.max_shift_steps - 1) /
                  static_cast<std::size_t>(vocabulary_.max_shift_steps);
    if (tokens > most_tokens) break;
    later = event.step;
    --first;
  }
  const bool is_all = first == 0;
  while (first < past_.size() && !past_[first].is_on()) ++first;
  writer_.set_now(first < past_.size() ? past_[first].step : now_);
  events::PitchSet sounding;
  bin_ = -1;
  for (; first < past_.size(); ++first) {
    const auto& event = past_[first];
    if (!event.is_on() && !sounding.contains(event.pitch)) continue;
    writer_.shift_to(event.step, Role::played);
    writer_.put_note(event, Role::played);
    if (event.is_on()) {
      sounding.insert(event.pitch);
      bin_ = event.bin;
    } else {
      sounding.erase(event.pitch);
    }
  }
  writer_.shift_to(now_, Role::played);
  return is_all;
}

void GapFiller::prefill() {
  writer_ = RoleWriter(vocabulary_);
  writer_.put_played(wishes_.tokens());
  wishes_.mark_written();
  knows_future_ = length_ - now_ <= std::llround(kLongestGap_s * vocabulary_.steps_per_second);
  if (knows_future_) write_head(length_ - now_);
  if (knows_future_) writer_.put(Kind::prefix);
  const auto used = writer_.size() + kOverhead;
  const auto half = context_ / 2 > used ? context_ / 2 - used : 0;
  const bool begins_piece = write_past(std::max(context_ / kPastShare, half));
  if (knows_future_) writer_.put(Kind::middle);
  if (begins_piece) writer_.put_first(Kind::bos);
  session_.reset();
  session_.read(writer_.tokens(), writer_.roles());
  sampler_.rewind_to(blank_);
  for (std::size_t i = 0; i < writer_.size(); ++i) {
    sampler_.read(writer_.tokens()[i], writer_.roles()[i]);
  }
  read_ = writer_.size();
  result_.prime_tokens = std::max<std::int64_t>(result_.prime_tokens, std::ssize(writer_.tokens()));
}

std::int64_t GapFiller::original_end_us(int pitch) const {
  const auto moved = gap_.length_us - (gap_.to_us - gap_.from_us);
  std::int64_t end_us = gap_end_us();
  const auto look = [&](const PlainNote& note) {
    const auto end = note.start_us + note.length_us;
    if (note.pitch == pitch && note.start_us < gap_.to_us && end > gap_.to_us) {
      end_us = std::max(end_us, end + moved);
    }
  };
  for (const auto& note : gap_.stays) look(note);
  for (const auto& note : gap_.leaves) look(note);
  return end_us;
}

void GapFiller::end_note(std::size_t index, std::int64_t end_us) {
  auto& note = result_.notes[index];
  note.length_us = static_cast<std::uint32_t>(std::max<std::int64_t>(end_us - note.start_us, 1));
  open_.at(note.pitch) = kSilent;
}

// A drawn event. The model also ends notes that began before the gap; those stay as they are.
void GapFiller::hear(const events::Event& event) {
  if (event.kind == Kind::velocity) bin_ = event.value;
  if (event.kind == Kind::time_shift) now_ += event.value;
  if (event.kind != Kind::note_on && event.kind != Kind::note_off) return;
  const bool is_on = event.kind == Kind::note_on;
  const auto pitch = static_cast<std::uint8_t>(event.value);
  const int bin = std::max(bin_, 0);
  past_.push_back({now_, pitch, static_cast<std::int8_t>(is_on ? bin : -1)});
  // The edge may lie between two steps.
  if (open_.at(pitch) != kSilent) {
    end_note(open_.at(pitch), std::min(time_us(now_), gap_end_us()));
  }
  if (!is_on) return;
  open_.at(pitch) = result_.notes.size();
  result_.notes.push_back({.start_us = time_us(now_),
                           .pitch = pitch,
                           .velocity = static_cast<std::uint8_t>(vocabulary_.bin_velocity(bin))});
}

Expected<void> GapFiller::draw_until(std::int64_t step, const ProgressFunction& progress) {
  const auto room = std::max<std::size_t>(context_ / kRoomShare, 1);
  while (!is_done_ && (knows_future_ || now_ < step)) {
    const auto drawn = sampler_.draw(session_.logits());
    if (!drawn) return model::fail_not_finite();
    Token token = *drawn;
    auto event = vocabulary_.event(token);
    if (event.kind == Kind::time_shift && now_ + event.value > step) {
      // Only a continuation can pass the end of its part.
      event.value = static_cast<int>(step - now_);
      token = vocabulary_.time_shift(event.value);
    }
    sampler_.read(token);
    ++result_.drawn_tokens;
    if (result_.first_token_ms == 0) result_.first_token_ms = watch_.seconds() * 1e3;
    if (event.kind == Kind::end) {
      is_done_ = true;
      break;
    }
    hear(event);
    if (interrupted()) return fail_interrupted("interrupted; the gap was not filled");
    if (result_.drawn_tokens >= most_tokens_) {
      result_.too_dense = is_done_ = true;
      break;
    }
    session_.step(token, Role::played);
    ++read_;
    if (event.kind != Kind::time_shift) continue;
    if (progress) progress(now_, length_);
    const bool is_full = knows_future_ && read_ + room >= context_;
    if (is_full && now_ < length_) prefill();
  }
  return {};
}

Expected<void> GapFiller::fill(const ProgressFunction& progress) {
  const auto longest = std::llround(kLongestGap_s * vocabulary_.steps_per_second);
  prefill();
  if (!knows_future_) {
    PNO_TRY_VOID(draw_until(length_ - longest, progress));
    if (is_done_) return {};
    result_.parts = 2;
    prefill();
  }
  return draw_until(length_, progress);
}

RoleMusic GapFiller::take_result() {
  for (std::size_t pitch = 0; pitch < open_.size(); ++pitch) {
    if (open_[pitch] == kSilent) continue;
    const bool is_held = future_.held.contains(static_cast<int>(pitch));
    end_note(open_[pitch], is_held ? original_end_us(static_cast<int>(pitch)) : gap_end_us());
  }
  result_.finish(sampler_, watch_);
  return std::move(result_);
}

}  // namespace

Expected<RoleMusic> fill_gap(const std::shared_ptr<const Engine>& engine, const Gap& gap,
                             const RoleMusicOptions& options, const ProgressFunction& progress) {
  if (!engine->vocabulary().has_roles) return fail_without_roles("fill gaps");
  PNO_TRY_VOID(options.validate(*engine));
  GapFiller filler(engine, gap, options);
  if (gap.from_us < 0 || gap.to_us < gap.from_us || filler.length() < 1) {
    return fail_usage("the gap is {:.3f} s long; it must be at least {:.3f} s",
                      static_cast<double>(gap.length_us) / 1e6,
                      engine->vocabulary().step_us() / 1e6);
  }
  PNO_TRY_VOID(filler.fill(progress));
  return filler.take_result();
}

}  // namespace pno::infer
