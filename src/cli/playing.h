#pragma once

// Music at an instrument: it is sent on a thread of its own, the terminal shows it as a roll, and
// keys pause, seek, change the tempo and end it.

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/instrument.h"
#include "cli/program.h"
#include "events/vocabulary.h"
#include "live/performer.h"
#include "live/token_messages.h"
#include "midi/performance.h"

namespace pno::cli {

struct PlayingOptions {
  std::string title = {};
  double tempo = 1;
  double from_s = 0;   // position of the beginning
  double seconds = 0;  // of music that are played; 0: all
  double tail_s = 2;   // of sound after the last note
  bool with_view = true;
};

struct PlayingResult {
  double music_seconds = 0;  // the position at the end
  bool is_whole = false;
  live::Performer::Figures figures = {};
};

// Plays until the music ends or the person ends it.
PlayingResult play_performance(const midi::Performance& performance, Instrument& instrument,
                               const PlayingOptions& options);

// Takes events to be played while they are drawn.
class DrawnMusic {
 public:
  struct Options {
    int transpose = 0;   // semitones
    double ahead_s = 0;  // hear() waits while so much music is drawn ahead; 0: it never waits
  };
  DrawnMusic(live::Performer& performer, const events::Vocabulary& vocabulary,
             const Options& options)
      : performer_(performer), messages_(vocabulary, options.transpose), options_(options) {}

  // The next event. It is played when the one after it is known, because the end of the music may
  // shorten it. Returns false if nothing more is wanted: the person has ended the playing. Without
  // ahead_s it is always true.
  bool hear(events::Token token);
  // All events from the first one heard to the end; those that were not played yet are.
  void finish(std::span<const events::Token> tokens);

 private:
  void play(events::Token token);

  live::Performer& performer_;
  live::TokenMessages messages_;
  Options options_;
  std::vector<events::Token> waiting_;  // one event at most
  std::size_t played_ = 0;              // events
  std::vector<live::MidiMessage> added_;
};

// Runs `draw` on a thread of its own and plays what it gives to the DrawnMusic. Returns the error
// of `draw`; throws what it throws.
Expected<PlayingResult> play_drawn(Instrument& instrument, const PlayingOptions& options,
                                   const std::function<Expected<void>(live::Performer&)>& draw);

// For --json and for a line of the answer.
void add_figures(const PlayingResult& result, const Instrument& instrument, Json& json);
std::string figures_line(const PlayingResult& result, const Instrument& instrument);

}  // namespace pno::cli
