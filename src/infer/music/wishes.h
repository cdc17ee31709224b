#pragma once

// Values that a listener asks of a model with roles, one for each control (events/controls.h), and
// the control tokens that the model reads for them. They stand at the start, again every
// kControlsEvery_s of music, and when a wish has changed, each time before the first event after a
// TIME_SHIFT, as in training; in an infill before INFILL only.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "events/controls.h"
#include "events/roles.h"
#include "events/stored_vocabulary.h"

namespace pno::infer {

// In the middle of the intervals of training, 2 to 15 s.
inline constexpr double kControlsEvery_s = 8;

// The names of controls: "composer", "kind", "key", "density", "loudness", "polyphony", in the
// order of events::kControlOrder.
std::span<const std::string_view> control_names();
// The values of `kind`: "Disklavier", "roll", "transcribed", "sequenced".
std::span<const std::string_view> music_kind_names();

// Returns the place of a control in events::kControlOrder, or an error that lists the names.
Expected<std::size_t> control_index(std::string_view name);

class Wishes {
 public:
  static constexpr std::size_t kControls = events::kControlOrder.size();

  // With `kind` Disklavier and no other wish. A vocabulary without roles has no controls, so none
  // is ever due.
  explicit Wishes(const events::StoredVocabulary& vocabulary);

  // Sets a control: a composer of the model, a kind, a key ("C#m"), notes a second, a MIDI velocity
  // or a number of notes, which are put into their bins; "" takes the wish back. Returns a usage
  // error if the model has no roles, or if the value is not one of the control.
  Expected<void> set(std::string_view name, std::string_view value);

  // The values in the order of events::kControlOrder; -1: not asked.
  const std::array<int, kControls>& values() const { return values_; }
  // The control tokens of all wishes, at most kControls.
  std::vector<events::Token> tokens() const;

  // The piece starts again. Does not allocate.
  void restart() noexcept;
  // The next token of the piece, drawn, of a prime, or a control that the caller wrote. Does not
  // allocate.
  void read(events::Token token, events::Role role) noexcept;
  // The control tokens that stand before the next event, which is then not asked again; mostly
  // none. Valid until the next call. Does not allocate.
  std::span<const events::Token> take_due() noexcept;
  // The controls of all wishes stand here, because the caller wrote them. Does not allocate.
  void mark_written() noexcept;

 private:
  Expected<int> parse(std::size_t control, std::string_view value) const;
  Expected<int> composer_value(std::string_view name) const;

  events::Vocabulary ids_;
  std::vector<std::string> composers_;
  std::array<int, kControls> values_;
  std::array<events::Token, kControls> due_{};
  std::array<int, kControls> written_;  // values of the last controls
  std::int64_t steps_since_ = 0;        // of music since them
  std::int64_t steps_between_ = 0;
  bool may_stand_ = true;      // here: at the start, or after a TIME_SHIFT that an event follows
  bool is_in_infill_ = false;  // from INFILL to END
  bool follows_own_ = false;   // the last token was a control
};

// A wish that changes in the course of the music.
struct WishChange {
  double at_s = 0;  // from the start of the music
  std::string name, value;
};

// Sets the wishes of `changes`, sorted by time, that are due at a time, and removes them. Returns
// an error if a value is wrong.
Expected<void> apply_changes(double now_s, std::vector<WishChange>& changes, Wishes& wishes);

}  // namespace pno::infer
