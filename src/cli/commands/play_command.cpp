// pno play: plays a MIDI file, through FluidSynth or to a MIDI port.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <thread>

#include "base/interrupt.h"
#include "cli/commands/commands.h"
#include "cli/instrument.h"
#include "cli/midi_input.h"
#include "cli/roll_frame.h"
#include "cli/shared_flags.h"
#include "cli/terminal.h"
#include "live/clock.h"
#include "live/playback.h"

namespace pno::cli {
namespace {

constexpr std::int64_t kLongestSleep_us = 5000, kFrame_us = 50'000;
constexpr double kSeekSeconds = 5, kTempoStep = 1.1;
constexpr const char* kKeys = " space pauses   ← → seek   + - tempo   q quits";

struct PlayFlags {
  std::string input;
  InstrumentFlags instrument;
  double tempo = 1, from_s = 0, tail_s = 2;
  bool without_view = false;
};

Expected<midi::Performance> read_input(const PlayFlags& flags) {
  if (flags.input != "-") {
    PNO_TRY(auto smf, read_music(flags.input, {.programs = midi::Programs::all}));
    return std::move(smf.performance);
  }
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  auto smf = midi::read_smf(std::as_bytes(std::span(text)), {.programs = midi::Programs::all});
  if (!smf) return fail("stdin: {}", smf.error().message);
  if (smf->performance.notes.empty()) return fail("stdin: has no notes; send a MIDI file");
  return std::move(smf->performance);
}

// "1:02"
std::string clock_text(std::int64_t us) {
  const auto seconds = us / 1'000'000;
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

class Show {
 public:
  Show(const midi::Performance& performance, Terminal& terminal, std::string title)
      : terminal_(terminal), title_(std::move(title)) {
    for (const auto& note : performance.notes) {
      notes_.push_back({.start_s = static_cast<double>(note.start_us) * 1e-6,
                        .end_s = static_cast<double>(note.end_us()) * 1e-6,
                        .pitch = note.pitch});
    }
  }

  void draw(const live::Playback& playback, std::int64_t now_us) {
    const auto position_us = playback.position_us(now_us);
    const auto [columns, rows] = terminal_.size();
    auto notes = notes_;
    const double now_s = static_cast<double>(position_us) * 1e-6;
    for (auto& note : notes) {
      if (note.start_s > now_s) note.colour = RollColour::planned;
    }
    terminal_.show(roll_frame(
        {.columns = columns,
         .rows = rows,
         .has_colours = terminal_.has_colours(),
         .now_s = now_s,
         .status = fmt::format(" {}  {} of {}  {:.0f} %{}", title_, clock_text(position_us),
                               clock_text(playback.length_us()), 100 * playback.tempo(),
                               playback.is_paused() ? "  paused" : ""),
         .keys = kKeys},
        notes));
  }

 private:
  Terminal& terminal_;
  std::string title_;
  std::vector<RollNote> notes_;
};

// Obeys a key; returns false if it quits.
bool obey(Key key, live::Playback& playback, std::int64_t now_us) {
  const auto seek_us = static_cast<std::int64_t>(kSeekSeconds * 1e6);
  switch (key) {
    case Key::quit:
      return false;
    case Key::space:
      if (playback.is_paused()) {
        playback.resume(now_us);
      } else {
        playback.pause(now_us);
      }
      return true;
    case Key::left:
      playback.seek(now_us, playback.position_us(now_us) - seek_us);
      return true;
    case Key::right:
      playback.seek(now_us, playback.position_us(now_us) + seek_us);
      return true;
    case Key::plus:
      playback.set_tempo(now_us, std::min(playback.tempo() * kTempoStep, 4.0));
      return true;
    case Key::minus:
      playback.set_tempo(now_us, std::max(playback.tempo() / kTempoStep, 0.25));
      return true;
    case Key::enter:
    case Key::none:
      return true;
  }
  return true;
}

Expected<Answer> play(const PlayFlags& flags) {
  PNO_TRY(const auto lists, instrument_lists(flags.instrument));
  if (!lists.empty()) return Answer{lists, {}};
  if (flags.input.empty()) return fail_usage("name a MIDI file, or - for stdin");
  PNO_TRY(const auto performance, read_input(flags));
  PNO_TRY(const auto instrument,
          open_instrument(flags.instrument, Instrument::Out::port_or_sound, {}));
  fmt::print(stderr, "pno {}\n", instrument->description());

  const live::Clock clock;
  live::Playback playback(performance, instrument->output());
  playback.set_tempo(0, flags.tempo);
  playback.seek(clock.now_us(), static_cast<std::int64_t>(flags.from_s * 1e6));
  playback.resume(clock.now_us());
  const auto terminal = flags.without_view ? nullptr : Terminal::open();
  std::unique_ptr<Show> show;
  if (terminal) show = std::make_unique<Show>(performance, *terminal, flags.input);
  std::int64_t next_frame_us = 0;
  while (!interrupted()) {
    const std::int64_t now_us = clock.now_us();
    playback.play(now_us);
    if (playback.is_done(now_us) && !playback.is_paused()) break;
    if (terminal && !obey(terminal->read_key(), playback, now_us)) break;
    if (show && now_us >= next_frame_us) {
      show->draw(playback, now_us);
      next_frame_us = now_us + kFrame_us;
    }
    const auto wait_us =
        std::clamp<std::int64_t>(playback.next_us() - clock.now_us(), 0, kLongestSleep_us);
    std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
  }
  const double seconds = static_cast<double>(playback.position_us(clock.now_us())) * 1e-6;
  const bool is_whole = playback.is_done(clock.now_us());
  playback.stop();
  // The strings and the room ring; a JACK port sends its last messages in the next period.
  const auto tail = is_whole && !interrupted() ? flags.tail_s : 0.1;
  std::this_thread::sleep_for(std::chrono::duration<double>(tail));
  return Answer{"", {{"music_seconds", seconds}, {"whole", is_whole}}};
}

}  // namespace

void add_play(Program& program) {
  auto flags = std::make_shared<PlayFlags>();
  CLI::App& app = program.add({.name = "play",
                               .summary = "Play a MIDI file, as sound or to a MIDI port",
                               .example = "  pno play a.mid\n"
                                          "  pno play a.mid --port Disklavier\n"
                                          "  pno play --list-ports",
                               .run = [flags] { return play(*flags); }});
  app.add_option("FILE", flags->input, "MIDI file, or - for stdin")->type_name("");
  add_number(app, "--tempo", flags->tempo, "Factor of the tempo")
      ->check(CLI::Range(0.25, 4.0).description(""));
  add_number(app, "--from", flags->from_s, "Second to begin at");
  add_number(app, "--tail-seconds", flags->tail_s, "Seconds of sound after the last note");
  app.add_flag("--no-view", flags->without_view, "Do not show the piano roll");
  add_port_flags(app, flags->instrument, "--port");
  add_sound_flags(app, flags->instrument);
}

}  // namespace pno::cli
