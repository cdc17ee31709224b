#include "infer/music/wishes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/fields.h"
#include "infer/music/key.h"

namespace pno::infer {
namespace {

using events::Kind;
using events::Token;

constexpr std::array<std::string_view, Wishes::kControls> kNames = {
    "composer", "kind", "key", "density", "loudness", "polyphony"};
constexpr std::array<std::string_view, 4> kMusicKinds = {"Disklavier", "roll", "transcribed",
                                                         "sequenced"};
constexpr std::size_t kComposer = 0, kMusicKind = 1, kKey = 2, kDensity = 3, kLoudness = 4;
constexpr double kMostDensity = 100, kMostPolyphony = 128;  // of a wish
constexpr double kLeastVelocity = 1, kMostVelocity = 127;

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

// The last word: names of composers are surnames.
std::string_view last_word(std::string_view text) {
  const auto space = text.rfind(' ');
  return space == std::string_view::npos ? text : text.substr(space + 1);
}

Expected<double> number_in(std::string_view name, std::string_view text, double least,
                           double most) {
  double number = 0;
  if (!parse_field(std::string(text), number) || !(number >= least && number <= most)) {
    return fail_usage("{} is '{}'; it must be {} to {}", name, text, least, most);
  }
  return number;
}

}  // namespace

std::span<const std::string_view> control_names() {
  return kNames;
}

std::span<const std::string_view> music_kind_names() {
  return kMusicKinds;
}

Expected<std::size_t> control_index(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) {
    return fail_usage("'{}' is not a control; choose {}", name, fmt::join(kNames, ", "));
  }
  return static_cast<std::size_t>(found - kNames.begin());
}

Wishes::Wishes(const events::StoredVocabulary& vocabulary)
    : ids_(vocabulary.ids), composers_(vocabulary.composers) {
  values_.fill(-1);
  written_.fill(-1);
  if (!ids_.has_roles) return;
  values_[kMusicKind] = 0;
  steps_between_ = std::llround(kControlsEvery_s * ids_.steps_per_second);
}

Expected<int> Wishes::composer_value(std::string_view name) const {
  const auto wanted = small_letters(name);
  const auto is_it = [&](const std::string& known) {
    const auto small = small_letters(known);
    return small == wanted || small == last_word(wanted);
  };
  const auto found = std::ranges::find_if(composers_, is_it);
  if (found == composers_.end()) {
    return fail_usage("the model does not know the composer '{}'; it knows {}", name,
                      fmt::join(composers_, ", "));
  }
  return static_cast<int>(found - composers_.begin());
}

Expected<int> Wishes::parse(std::size_t control, std::string_view value) const {
  if (control == kComposer) return composer_value(value);
  if (control == kMusicKind) {
    const auto is_it = [&](std::string_view kind) {
      return small_letters(kind) == small_letters(value);
    };
    const auto found = std::ranges::find_if(kMusicKinds, is_it);
    if (found == kMusicKinds.end()) {
      return fail_usage("kind is '{}'; choose {}", value, fmt::join(kMusicKinds, ", "));
    }
    return static_cast<int>(found - kMusicKinds.begin());
  }
  if (control == kKey) {
    const auto key = parse_key(value);
    if (!key) return fail_usage("{}", key.error().message);
    return key->tonic + (key->minor ? 12 : 0);
  }
  if (control == kDensity) {
    PNO_TRY(const double density, number_in(kNames[control], value, 0, kMostDensity));
    return events::density_bin(density);
  }
  if (control == kLoudness) {
    PNO_TRY(const double velocity,
            number_in(kNames[control], value, kLeastVelocity, kMostVelocity));
    return events::loudness_bin(velocity);
  }
  PNO_TRY(const double notes, number_in(kNames[control], value, 0, kMostPolyphony));
  return events::polyphony_bin(notes);
}

Expected<void> Wishes::set(std::string_view name, std::string_view value) {
  PNO_TRY(const auto control, control_index(name));
  if (!ids_.has_roles) {
    return fail_usage("the model was trained without controls, so it cannot be asked for {}", name);
  }
  int wanted = -1;
  if (!value.empty()) {
    PNO_TRY(wanted, parse(control, value));
  }
  values_.at(control) = wanted;
  return {};
}

std::vector<Token> Wishes::tokens() const {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < kControls; ++i) {
    if (values_[i] >= 0) tokens.push_back(ids_.token({events::kControlOrder[i], values_[i]}));
  }
  return tokens;
}

void Wishes::restart() noexcept {
  written_.fill(-1);
  steps_since_ = 0;
  may_stand_ = true;
  is_in_infill_ = follows_own_ = false;
}

void Wishes::read(Token token, events::Role role) noexcept {
  if (role != events::Role::played && role != events::Role::given) return;
  const auto event = ids_.event(token);
  if (events::is_control(event.kind)) {
    if (!follows_own_) written_.fill(-1);
    const auto place = std::ranges::find(events::kControlOrder, event.kind);
    written_.at(static_cast<std::size_t>(place - events::kControlOrder.begin())) = event.value;
    steps_since_ = 0;
    follows_own_ = true;
    return;
  }
  follows_own_ = false;
  if (event.kind == Kind::infill || event.kind == Kind::end) {
    is_in_infill_ = event.kind == Kind::infill;
  } else if (event.kind == Kind::bos) {
    may_stand_ = true;
  } else if (event.kind == Kind::time_shift) {
    steps_since_ += event.value;
    may_stand_ = event.value < ids_.max_shift_steps;
  } else if (events::is_event(event.kind)) {
    may_stand_ = false;
  }
}

void Wishes::mark_written() noexcept {
  written_ = values_;
  steps_since_ = 0;
}

std::span<const Token> Wishes::take_due() noexcept {
  const bool is_due = values_ != written_ || steps_since_ >= steps_between_;
  if (!ids_.has_roles || !is_due || !may_stand_ || is_in_infill_) return {};
  mark_written();
  std::size_t count = 0;
  for (std::size_t i = 0; i < kControls; ++i) {
    if (values_[i] >= 0) due_[count++] = ids_.token({events::kControlOrder[i], values_[i]});
  }
  return std::span(due_).first(count);
}

Expected<void> apply_changes(double now_s, std::vector<WishChange>& changes, Wishes& wishes) {
  while (!changes.empty() && changes.front().at_s <= now_s) {
    PNO_TRY_VOID(wishes.set(changes.front().name, changes.front().value));
    changes.erase(changes.begin());
  }
  return {};
}

}  // namespace pno::infer
