#include "cli/playing.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>

#include "base/interrupt.h"
#include "cli/play_view.h"
#include "cli/terminal.h"
#include "live/key_messages.h"

namespace pno::cli {
namespace {

constexpr auto kLoopTime = std::chrono::milliseconds(10);
constexpr auto kFrameTime = std::chrono::milliseconds(50);
constexpr std::int64_t kSeek_us = 5'000'000;
constexpr double kTempoStep = 1.1;
// A JACK port sends its last messages in the next period.
constexpr double kShortTail_s = 0.1;

std::int64_t us_of(double seconds) {
  return static_cast<std::int64_t>(seconds * 1e6);
}

live::Performer::Options performer_options(const Instrument& instrument,
                                           const PlayingOptions& options) {
  live::Performer::Options result{.tempo = options.tempo, .from_us = us_of(options.from_s)};
  if (instrument.period_ms() > 0) result.period_us = us_of(instrument.period_ms() * 1e-3);
  return result;
}

// Obeys a key; returns false if it quits.
bool obey(Key key, live::Performer& performer) {
  switch (key) {
    case Key::quit:
      return false;
    case Key::space:
      performer.toggle_pause();
      return true;
    case Key::left:
      performer.seek_by(-kSeek_us);
      return true;
    case Key::right:
      performer.seek_by(kSeek_us);
      return true;
    case Key::plus:
      performer.scale_tempo(kTempoStep);
      return true;
    case Key::minus:
      performer.scale_tempo(1 / kTempoStep);
      return true;
    case Key::enter:
    case Key::none:
      return true;
  }
  return true;
}

// The screen and the keys of one performance.
class Desk {
 public:
  Desk(live::Performer& performer, const PlayingOptions& options)
      : performer_(performer), options_(options), view_(options.title) {
    if (options.with_view) terminal_ = Terminal::open();
  }

  // The notes of music that is already there; others are those of the performer.
  void show(const midi::Performance& performance) {
    view_.add(performance);
    is_known_ = true;
  }

  // Returns when the music or the person ends. The notes have ended, and the screen is as it was.
  PlayingResult run() {
    live::Performer::State state;
    auto next_frame = std::chrono::steady_clock::now();
    while (!interrupted()) {
      state = performer_.state();
      if (state.is_done) break;
      if (options_.seconds > 0 && state.position_us >= us_of(options_.from_s + options_.seconds)) {
        break;
      }
      if (terminal_ && !obey(terminal_->read_key(), performer_)) break;
      if (terminal_ && std::chrono::steady_clock::now() >= next_frame) {
        draw(state);
        next_frame = std::chrono::steady_clock::now() + kFrameTime;
      }
      std::this_thread::sleep_for(kLoopTime);
    }
    performer_.stop();
    terminal_.reset();
    const bool rings = state.is_done && !interrupted();
    std::this_thread::sleep_for(
        std::chrono::duration<double>(rings ? options_.tail_s : kShortTail_s));
    return {.music_seconds = static_cast<double>(state.position_us) * 1e-6,
            .is_whole = state.is_done,
            .figures = performer_.figures()};
  }

 private:
  void draw(const live::Performer::State& state) {
    if (!is_known_) {
      messages_.clear();
      performer_.copy_messages(shown_, messages_);
      shown_ += messages_.size();
      view_.add(messages_);
    }
    terminal_->show(view_.frame(state, terminal_->size(), terminal_->has_colours()));
  }

  live::Performer& performer_;
  const PlayingOptions& options_;
  PlayView view_;
  bool is_known_ = false;
  std::size_t shown_ = 0;  // messages
  std::vector<live::MidiMessage> messages_;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace

PlayingResult play_performance(const midi::Performance& performance, Instrument& instrument,
                               const PlayingOptions& options) {
  live::Performer performer(instrument.output(), performer_options(instrument, options));
  const auto messages = live::key_messages(performance);
  performer.add(messages, messages.empty() ? 0 : messages.back().time_us);
  performer.complete();
  Desk desk(performer, options);
  desk.show(performance);
  performer.start();
  return desk.run();
}

bool DrawnMusic::hear(events::Token token) {
  for (const auto before : waiting_) play(before);
  waiting_.assign(1, token);
  return options_.ahead_s == 0 || performer_.wait_until_wanted(us_of(options_.ahead_s));
}

void DrawnMusic::finish(std::span<const events::Token> tokens) {
  while (played_ < tokens.size()) play(tokens[played_]);
  added_.clear();
  messages_.end_notes(added_);
  performer_.add(added_, messages_.time_us());
}

void DrawnMusic::play(events::Token token) {
  ++played_;
  added_.clear();
  messages_.add(token, added_);
  performer_.add(added_, messages_.time_us());
}

Expected<PlayingResult> play_drawn(Instrument& instrument, const PlayingOptions& options,
                                   const std::function<Expected<void>(live::Performer&)>& draw) {
  live::Performer performer(instrument.output(), performer_options(instrument, options));
  Expected<void> drawn;
  std::exception_ptr thrown;
  Desk desk(performer, options);
  performer.start();
  std::thread drawing([&] {
    try {
      drawn = draw(performer);
    } catch (...) {
      thrown = std::current_exception();
    }
    performer.complete();
  });
  const auto result = desk.run();
  drawing.join();
  if (thrown) std::rethrow_exception(thrown);
  PNO_TRY_VOID(drawn);
  return result;
}

void add_figures(const PlayingResult& result, const Instrument& instrument, Json& json) {
  const auto& figures = result.figures;
  json["notes"] = figures.notes;
  json["late_notes"] = figures.late_notes;
  json["jitter_ms"] = {{"median", figures.median_ms}, {"p95", figures.p95_ms}};
  json["waits"] = figures.waits;
  const auto under_runs = instrument.under_runs();
  json["under_runs"] = under_runs ? Json(*under_runs) : Json();
}

std::string figures_line(const PlayingResult& result, const Instrument& instrument) {
  const auto& figures = result.figures;
  auto text = fmt::format("{:.1f} s: {}, {} late", result.music_seconds,
                          counted(figures.notes, "note"), grouped(figures.late_notes));
  if (const auto under_runs = instrument.under_runs()) {
    text += ", " + counted(*under_runs, "under-run");
  }
  if (figures.waits > 0) text += ", waited for the model " + counted(figures.waits, "time");
  return text + "\n";
}

}  // namespace pno::cli
