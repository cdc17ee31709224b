// pno jam: a person and the model play in turns.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <random>
#include <thread>

#include "base/interrupt.h"
#include "base/stopwatch.h"
#include "cli/calibrate.h"
#include "cli/commands/commands.h"
#include "cli/default_model.h"
#include "cli/field_flags.h"
#include "cli/instrument.h"
#include "cli/jam_flags.h"
#include "cli/jam_summary.h"
#include "cli/jam_view.h"
#include "cli/latency_file.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/terminal.h"
#include "infer/engine.h"
#include "infer/music/play_sampling.h"
#include "live/mock_keyboard.h"
#include "live/model_pianist.h"
#include "live/room.h"
#include "live/session_file.h"

namespace pno::cli {
namespace {

constexpr auto kLoopTime = std::chrono::milliseconds(10);
constexpr double kWatchSeconds = 1;  // between looks for lost ports
constexpr double kFrameSeconds = 0.05;
constexpr double kSettledSeconds = 2;  // after which the memory should not grow

double memory_mb() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Expected<infer::DrawOptions> draw_options(const JamFlags& flags) {
  infer::DrawOptions draw{.sampler = infer::PlaySampling()};
  PNO_TRY_VOID(apply_fields(flags.sampler, draw.sampler));
  PNO_TRY_VOID(apply_fields(flags.limits, draw.limits));
  PNO_TRY_VOID(apply_fields(flags.controls, draw.controls));
  PNO_TRY_VOID(draw.validate());
  return draw;
}

Expected<live::RoomOptions> room_options(const JamFlags& flags) {
  live::RoomOptions options;
  options.duet = flags.duet;
  options.duet.takeover_controller = flags.takeover_controller;
  options.duet.takeover_pitch = flags.takeover_key;
  PNO_TRY(options.duet.controls, read_controls(flags.keyboard_controls));
  PNO_TRY_VOID(options.duet.validate());
  options.player.channel = flags.channel - 1;
  options.player.takeover_controller = flags.takeover_controller;
  options.player.takeover_pitch = flags.takeover_key;
  for (const auto& control : options.duet.controls.controls()) {
    options.player.kept_controllers.set(static_cast<std::size_t>(control.controller));
  }
  // The echo of a keyboard that is the output, too, would strike every note twice.
  const bool is_same = !flags.instrument.in.empty() &&
                       flags.instrument.in == flags.instrument.out &&
                       flags.instrument.in != "virtual";
  options.player.monitor = flags.monitor == "on" || (flags.monitor == "auto" && !is_same);
  options.speed = flags.mock.empty() ? 1 : flags.mock_speed;
  if (const auto path = latency_path(); !path.empty() && !flags.instrument.out.empty()) {
    PNO_TRY(const auto latency, read_latency(path, flags.instrument.out));
    if (latency) {
      options.player.latency_us = latency->by_velocity();
      const auto& delays = latency->delay_ms;
      options.duet.lead_s = *std::max_element(delays.begin(), delays.end()) * 1e-3;
    }
  }
  return options;
}

// The keyboard and the output of a session; the mock instead of a keyboard if there is one.
Expected<std::unique_ptr<Instrument>> open(JamFlags& flags, Instrument::Receive receive) {
  if (!flags.mock.empty()) {
    if (!flags.instrument.in.empty()) return fail_usage("--mock plays instead of --in; omit one");
    return open_instrument(flags.instrument, Instrument::Out::port_or_nothing, std::move(receive));
  }
  if (flags.instrument.in.empty()) flags.instrument.in = find_keyboard(flags.instrument);
  if (flags.instrument.in.empty()) {
    return fail(
        "no MIDI keyboard was found: connect one and see 'pno jam --list-ports', let "
        "another program connect with '--in virtual', or play a file with '--mock FILE'");
  }
  return open_instrument(flags.instrument, Instrument::Out::port_or_sound, std::move(receive));
}

// Measures the latency of the instrument and keeps it for later sessions.
Expected<Answer> measure_latency(const InstrumentFlags& flags) {
  if (flags.in.empty() || flags.out.empty()) {
    return fail_usage("--calibrate needs --in and --out");
  }
  const auto path = latency_path();
  if (path.empty())
    return fail("the home folder is not known; set XDG_CONFIG_HOME to a folder for the result");
  PNO_TRY(const auto latency, calibrate(flags));
  PNO_TRY_VOID(write_latency(path, flags.out, latency));
  std::string text = fmt::format("{}: latency of {}\n", path.string(), flags.out);
  for (std::size_t i = 0; i < latency.velocities.size(); ++i) {
    text += fmt::format("  velocity {:3}: {:.1f} ms\n", latency.velocities[i], latency.delay_ms[i]);
  }
  return Answer{text,
                {{"output", path.string()},
                 {"velocities", latency.velocities},
                 {"latency_ms", latency.delay_ms}}};
}

// The file for the recording; empty: none.
Expected<std::filesystem::path> recording_path(const JamFlags& flags) {
  if (flags.no_record) return std::filesystem::path();
  if (!flags.record.empty()) {
    PNO_TRY_VOID(check_output(flags.record, FileKind::midi, {flags.model, flags.mock}));
    return flags.record;
  }
  const auto folder = live::sessions_folder();
  if (!flags.mock.empty() || folder.empty()) return std::filesystem::path();
  return live::next_session_file(folder);
}

class Session {
 public:
  Session(const JamFlags& flags, live::Room& room, Instrument& instrument,
          const live::ControlMap& controls)
      : flags_(flags), room_(room), instrument_(instrument), view_(controls) {
    if (!flags.without_view) terminal_ = Terminal::open();
  }

  // Until Ctrl-C, the end of the mock, or --seconds.
  Expected<void> run(const live::MockKeyboard* mock) {
    while (!interrupted()) {
      drain();
      if (auto failure = room_.failure()) {
        return fail("the model failed while it played: {}; all notes were ended", *failure);
      }
      const double now_s = watch_.seconds();
      if (terminal_ && !show_and_obey(now_s)) break;
      if (mock != nullptr && mock->is_done()) break;
      if (flags_.seconds > 0 && now_s >= flags_.seconds) break;
      if (now_s >= next_watch_s_) {
        next_watch_s_ = now_s + kWatchSeconds;
        const auto text = instrument_.watch({.keyboard_lost = [&] { room_.release_keys(); },
                                             .output_back = [&] { room_.end_all_notes(); }});
        if (!text.empty()) fmt::print(stderr, "pno: {}", text);
      }
      if (settled_mb_ == 0 && now_s > kSettledSeconds) settled_mb_ = memory_mb();
      std::this_thread::sleep_for(kLoopTime);
    }
    return {};
  }

  void drain() {
    while (const auto event = room_.next_intent()) {
      file_.add(*event);
      if (terminal_) view_.add(*event);
    }
    while (const auto event = room_.next_event()) {
      file_.add(*event);
      if (terminal_) view_.add(*event);
    }
  }

  JamResult result(double cpu_before_s) const {
    const double seconds = watch_.seconds();
    const double now_mb = memory_mb();
    return {.seconds = seconds,
            .cpu_share = (cpu_seconds() - cpu_before_s) / seconds,
            .memory_mb = now_mb,
            .memory_grown_mb = settled_mb_ > 0 ? now_mb - settled_mb_ : 0,
            .under_runs = instrument_.under_runs(),
            .recording = {}};
  }
  const live::SessionFile& file() const { return file_; }
  // The screen is as it was.
  void close_view() { terminal_.reset(); }

 private:
  // Returns false if a key quits.
  bool show_and_obey(double now_s) {
    const Key key = terminal_->read_key();
    if (key == Key::enter || key == Key::space) room_.take_over();
    if (now_s >= next_frame_s_) {
      next_frame_s_ = now_s + kFrameSeconds;
      terminal_->show(
          view_.frame(room_, room_.clock().now_us(), terminal_->size(), terminal_->has_colours()));
    }
    return key != Key::quit;
  }

  const JamFlags& flags_;
  live::Room& room_;
  Instrument& instrument_;
  live::SessionFile file_;
  JamView view_;
  std::unique_ptr<Terminal> terminal_;
  Stopwatch watch_;
  double next_frame_s_ = 0;
  double next_watch_s_ = kWatchSeconds, settled_mb_ = 0;
};

Expected<Answer> jam(JamFlags flags) {
  PNO_TRY(const auto lists, instrument_lists(flags.instrument));
  if (!lists.empty()) return Answer{lists, {}};
  if (flags.calibrate) return measure_latency(flags.instrument);
  if (flags.model.empty()) {
    PNO_TRY(flags.model, default_model());
  }
  PNO_TRY(const auto draw, draw_options(flags));
  PNO_TRY(const auto engine, infer::Engine::open(flags.model, {.threads = flags.threads,
                                                               .precision = flags.precision}));
  if (flags.duet_at_once) {
    return fail("{}: {}; omit --duet to play in turns", flags.model,
                engine->vocabulary().has_roles
                    ? "has roles, but this version of pno cannot play while you play"
                    : "has no roles, so it cannot play while you play");
  }
  std::vector<live::MidiMessage> mock_music;
  if (!flags.mock.empty()) {
    PNO_TRY(const auto smf, read_music(flags.mock, {.programs = midi::Programs::all}));
    mock_music = live::mock_messages(
        smf.performance, {.seconds = flags.mock_seconds, .seed = flags.seed.value_or(1)});
  }
  PNO_TRY(const auto recording, recording_path(flags));
  const auto seed = flags.seed ? *flags.seed : std::random_device{}();
  live::ModelPianist pianist(engine, draw, seed);

  live::Room* listening = nullptr;
  std::atomic<bool> is_ready{false};
  PNO_TRY(const auto instrument, open(flags, [&](std::span<const std::uint8_t> bytes) {
            if (is_ready.load(std::memory_order_acquire)) listening->receive(bytes);
          }));
  PNO_TRY(auto options, room_options(flags));
  if (instrument->period_ms() > 0) {
    options.period_us = static_cast<std::int64_t>(instrument->period_ms() * 1e3);
  }
  live::Room room(pianist, instrument->output(), options);
  listening = &room;
  if (flags.mock.empty()) fmt::print(stderr, "pno {}; Ctrl-C ends\n", instrument->description());
  const double cpu_before_s = cpu_seconds();
  Session session(flags, room, *instrument, options.duet.controls);
  room.start();
  is_ready.store(true, std::memory_order_release);
  std::unique_ptr<live::MockKeyboard> mock;
  if (!flags.mock.empty()) {
    mock = std::make_unique<live::MockKeyboard>(
        std::move(mock_music), room.clock(), flags.mock_seconds,
        [&](std::span<const std::uint8_t> bytes) { room.receive(bytes); });
  }
  auto played = session.run(mock.get());
  is_ready.store(false);
  mock.reset();
  room.stop();
  session.drain();
  session.close_view();
  if (!room.has_priority()) {
    warn("the system did not grant real-time priority; notes are late if it is busy");
  }
  auto result = session.result(cpu_before_s);
  if (!recording.empty() && session.file().messages() > 0) {
    const auto name = std::filesystem::path(flags.model).filename().string();
    PNO_TRY_VOID(live::write_session(session.file(), name, recording));
    result.recording = recording.string();
  }
  PNO_TRY_VOID(played);
  return jam_answer(room.figures(), result);
}

}  // namespace

void add_jam(Program& program) {
  auto flags = std::make_shared<JamFlags>();
  CLI::App& app = program.add({.name = "jam",
                               .summary = "Play in turns with the model at a MIDI keyboard",
                               .example = "  pno jam run/model.safetensors --in Disklavier "
                                          "--out Disklavier --pause 1\n"
                                          "  pno jam --mock a.mid --mock-seconds 60",
                               .run = [flags] { return jam(*flags); }});
  add_jam_flags(app, *flags);
}

}  // namespace pno::cli
