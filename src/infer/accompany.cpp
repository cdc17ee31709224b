#include "infer/accompany.h"

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

std::vector<StepEvent> melody_events(std::span<const PlainNote> melody,
                                     const Vocabulary& vocabulary) {
  std::vector<StepNote> notes;
  for (const auto& note : melody) {
    const auto start = nearest_step(note.start_us, 0, vocabulary);
    const auto end = nearest_step(note.start_us + note.length_us, 0, vocabulary);
    notes.push_back({.start_step = start,
                     .end_step = std::max(end, start + 1),
                     .pitch = note.pitch,
                     .velocity = note.velocity});
  }
  return step_events(std::move(notes), vocabulary);
}

class Accompanist {
 public:
  Accompanist(const std::shared_ptr<const Engine>& engine, std::span<const PlainNote> melody,
              AccompanyMode mode, const RoleMusicOptions& options)
      : vocabulary_(engine->vocabulary()),
        is_given_(mode == AccompanyMode::accompany),
        wishes_(options.wishes),
        changes_(options.changes),
        session_(engine, options.guidance),
        sampler_(vocabulary_, options.draw, options.seed, options.stream),
        writer_(vocabulary_),
        melody_(melody_events(melody, vocabulary_)),
        end_(melody_.back().step + std::llround(kAfterMelody_s * vocabulary_.steps_per_second)),
        most_tokens_(kMaxTokensPerSecond * (1 + end_ / vocabulary_.steps_per_second)) {
    open_.fill(kSilent);
    wishes_.restart();
  }

  Expected<void> play(const ProgressFunction& progress);
  RoleMusic take_result();

 private:
  static constexpr std::size_t kSilent = SIZE_MAX;

  // Before the first played event of a step: controls, announcements, given events. After the
  // longest TIME_SHIFT another may follow, but what is announced then would else come too late.
  Expected<void> begin_step();
  void announce();
  void give();
  void read_written();
  // Steps until the next event of a melody that is given; a large number after the last.
  std::int64_t until_melody() const;
  void hear(const events::Event& event);
  void end_note(int pitch, std::int64_t step);
  std::int64_t time_us(std::int64_t step) const {
    return std::llround(static_cast<double>(step) * vocabulary_.step_us());
  }

  const Vocabulary& vocabulary_;
  bool is_given_;
  Wishes wishes_;
  std::vector<WishChange> changes_;
  GuidedSession session_;
  MusicSampler sampler_;
  RoleWriter writer_;
  std::vector<StepEvent> melody_;
  std::int64_t end_;  // steps
  std::int64_t most_tokens_;
  std::size_t next_announced_ = 0, next_given_ = 0;  // events of the melody
  std::int64_t now_ = 0;
  int bin_ = 0;  // of the last VELOCITY that the model drew
  std::array<std::size_t, 128> open_{};
  RoleMusic result_;
  Stopwatch watch_;
};

std::int64_t Accompanist::until_melody() const {
  if (!is_given_ || next_given_ == melody_.size()) return INT64_MAX;
  return melody_[next_given_].step - now_;
}

// Those of notes that begin after now, at most 2 s after it; with the time until their onset.
void Accompanist::announce() {
  const std::int64_t steps_per_second = vocabulary_.steps_per_second;
  const auto last = now_ + steps_per_second * events::kAnnouncedUs / 1'000'000;
  for (; next_announced_ < melody_.size() && melody_[next_announced_].step <= last;
       ++next_announced_) {
    const auto& event = melody_[next_announced_];
    if (!event.is_on() || event.step <= now_) continue;
    const auto us = (event.step - now_) * 1'000'000 / steps_per_second;
    constexpr std::int64_t kUnit = events::kAnnouncedUnitUs;
    constexpr std::int64_t kMost = events::kAnnouncedUs / kUnit;
    const auto units = std::clamp<std::int64_t>((us + kUnit / 2) / kUnit, 1, kMost);
    writer_.put_pitch(event.pitch, Role::announced);
    writer_.put_shifts(std::min<std::int64_t>(units, vocabulary_.max_shift_steps), Role::announced);
  }
}

void Accompanist::give() {
  if (!is_given_) return;
  for (; next_given_ < melody_.size() && melody_[next_given_].step <= now_; ++next_given_) {
    const auto& event = melody_[next_given_];
    if (event.is_on()) end_note(event.pitch, now_);  // a piano has one string for each pitch
    writer_.put_note(event, Role::given);
  }
}

void Accompanist::read_written() {
  if (writer_.size() == 0) return;
  session_.read(writer_.tokens(), writer_.roles());
  for (std::size_t i = 0; i < writer_.size(); ++i) {
    sampler_.read(writer_.tokens()[i], writer_.roles()[i]);
    wishes_.read(writer_.tokens()[i], writer_.roles()[i]);
  }
  result_.prime_tokens += std::ssize(writer_.tokens());
  writer_.clear_tokens();
}

Expected<void> Accompanist::begin_step() {
  const double now_s = static_cast<double>(now_) / vocabulary_.steps_per_second;
  PNO_TRY_VOID(apply_changes(now_s, changes_, wishes_));
  writer_.put_played(wishes_.take_due());
  announce();
  give();
  read_written();
  return {};
}

void Accompanist::end_note(int pitch, std::int64_t step) {
  auto& index = open_.at(static_cast<std::size_t>(pitch));
  if (index == kSilent) return;
  auto& note = result_.notes[index];
  const auto length_us = std::max<std::int64_t>(time_us(step) - note.start_us, 1);
  note.length_us = static_cast<std::uint32_t>(length_us);
  index = kSilent;
}

void Accompanist::hear(const events::Event& event) {
  if (event.kind == Kind::velocity) bin_ = event.value;
  if (event.kind == Kind::note_off) end_note(event.value, now_);
  if (event.kind != Kind::note_on) return;
  end_note(event.value, now_);
  open_.at(static_cast<std::size_t>(event.value)) = result_.notes.size();
  result_.notes.push_back({.start_us = time_us(now_),
                           .pitch = static_cast<std::uint8_t>(event.value),
                           .velocity = static_cast<std::uint8_t>(vocabulary_.bin_velocity(bin_))});
}

Expected<void> Accompanist::play(const ProgressFunction& progress) {
  writer_.put(Kind::bos);
  PNO_TRY_VOID(begin_step());
  while (now_ < end_) {
    const auto drawn = sampler_.draw(session_.logits());
    if (!drawn) return model::fail_not_finite();
    Token token = *drawn;
    auto event = vocabulary_.event(token);
    Role role = Role::played;
    if (event.kind == Kind::time_shift && event.value >= until_melody()) {
      // A longer rest is one until the melody continues.
      event.value = static_cast<int>(until_melody());
      token = vocabulary_.time_shift(event.value);
      role = Role::given;
    }
    sampler_.read(token, role);
    wishes_.read(token, role);
    ++result_.drawn_tokens;
    if (result_.first_token_ms == 0) result_.first_token_ms = watch_.seconds() * 1e3;
    if (interrupted()) return fail_interrupted("interrupted; the accompaniment was not written");
    if (result_.drawn_tokens >= most_tokens_) {
      result_.too_dense = true;
      break;
    }
    session_.step(token, role);
    if (event.kind != Kind::time_shift) {
      hear(event);
      continue;
    }
    now_ += event.value;
    if (progress) progress(std::min(now_, end_), end_);
    PNO_TRY_VOID(begin_step());
  }
  return {};
}

RoleMusic Accompanist::take_result() {
  for (int pitch = 0; pitch < 128; ++pitch) end_note(pitch, std::max(now_, end_));
  result_.finish(sampler_, watch_);
  return std::move(result_);
}

}  // namespace

Expected<RoleMusic> accompany(const std::shared_ptr<const Engine>& engine,
                              std::span<const PlainNote> melody, AccompanyMode mode,
                              const RoleMusicOptions& options, const ProgressFunction& progress) {
  if (!engine->vocabulary().has_roles) return fail_without_roles("accompany");
  PNO_TRY_VOID(options.validate(*engine));
  if (melody.empty()) return fail("the melody has no notes");
  Accompanist accompanist(engine, melody, mode, options);
  PNO_TRY_VOID(accompanist.play(progress));
  return accompanist.take_result();
}

}  // namespace pno::infer
