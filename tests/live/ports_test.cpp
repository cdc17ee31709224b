// pno jam and pno panic at real ports of JACK's dummy driver: a keyboard and a synthesizer that
// this program plays. Each way out of a session is followed by a look at what sounds on the
// synthesizer.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "live/midi_message.h"
#include "live/midi_parser.h"
#include "live/midi_ports.h"
#include "live/room.h"
#include "live/test_room.h"
#include "process.h"

namespace pno::live {
namespace {

using cli_test::Process;
using testing::HasSubstr;

constexpr const char* kSynthesizer = "test-in:in";
constexpr const char* kKeyboard = "test-out:out";
constexpr const char* kMusic =
    PNO_SOURCE_DIR "/data/mini/Schubert/Moment_musical_no_3/Tetzloff09M.mid";

template <class Condition>
bool wait_for(const Condition& condition, double seconds = 20) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// The messages that arrive at the synthesizer.
class Heard {
 public:
  void receive(std::span<const std::uint8_t> bytes) {
    for (const auto byte : bytes) {
      const auto message = parser_.read(byte, 0);
      if (!message) continue;
      auto& count = sounding_[message->bytes[1]];
      if (message->is_note_on()) {
        count = 1;
        ++strikes;
      }
      if (message->is_note_off()) count = 0;
      if (message->is_control(kSustainController)) pedal = message->value();
      if (message->ends_all_notes()) ++all_notes_off;
    }
  }
  int sounding_notes() const {
    int sum = 0;
    for (const auto& count : sounding_) sum += count.load();
    return sum;
  }
  bool sounds(int pitch) const { return sounding_[static_cast<std::size_t>(pitch)] != 0; }

  std::atomic<int> strikes{0}, pedal{0}, all_notes_off{0};

 private:
  MidiParser parser_;
  std::array<std::atomic<int>, 128> sounding_{};
};

class LivePorts : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v jackd > /dev/null") != 0) {
      GTEST_SKIP() << "jackd is missing; install Debian's package jackd2";
    }
    folder_ = std::filesystem::temp_directory_path() / fmt::format("pno-live-{}", ::getpid());
    std::filesystem::create_directories(folder_);
    const auto server = fmt::format("pno-test-{}", ::getpid());
    ::setenv("JACK_DEFAULT_SERVER", server.c_str(), 1);
    ::setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
    ::setenv("JACK_NO_START_SERVER", "1", 1);
    jackd_ =
        std::make_unique<Process>("/usr/bin/jackd",
                                  std::vector<std::string>{"--no-realtime", "-n", server, "-d",
                                                           "dummy", "-r", "48000", "-p", "256"},
                                  folder_, std::vector<std::string>{}, "jackd");
    // By another program: the library of JACK may crash in a client that comes while the server
    // starts.
    ASSERT_TRUE(wait_for([] { return std::system("jack_lsp > /dev/null 2>&1") == 0; }));
    ASSERT_TRUE(list_ports(MidiApi::jack));
    plug_in_synthesizer();
    plug_in_keyboard();
  }
  void TearDown() override {
    keyboard_.reset();
    synthesizer_.reset();
    if (jackd_) {
      jackd_->signal(SIGTERM);
      jackd_->wait();
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void plug_in_keyboard() {
    auto ports = MidiPorts::open({.api = MidiApi::jack, .out = kVirtualPort, .client = "test"}, {});
    ASSERT_TRUE(ports) << ports.error().message;
    keyboard_ = std::move(*ports);
  }
  void plug_in_synthesizer() {
    auto ports = MidiPorts::open({.api = MidiApi::jack, .in = kVirtualPort, .client = "test"},
                                 [this](auto bytes) { heard_.receive(bytes); });
    ASSERT_TRUE(ports) << ports.error().message;
    synthesizer_ = std::move(*ports);
  }

  std::unique_ptr<Process> start_jam(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"jam",        PNO_SOURCE_DIR "/models/piano.safetensors",
                                          "--midi-api", "jack",
                                          "--out",      kSynthesizer,
                                          "--seed",     "1",
                                          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const int before = heard_.all_notes_off;
    auto process = std::make_unique<Process>(PNO_PROGRAM, arguments, folder_,
                                             std::vector<std::string>{}, "jam");
    EXPECT_TRUE(wait_for([&] { return heard_.all_notes_off > before; })) << process->err_so_far();
    return process;
  }
  std::unique_ptr<Process> start_jam_at_the_keyboard() {
    return start_jam(
        {"--in", kKeyboard, "--pause", "0.4", "--record", (folder_ / "session.mid").string()});
  }

  // The synthesizer's port for a room in this process, from which nothing sounds yet.
  std::unique_ptr<MidiPorts> open_synthesizer() {
    const int before = heard_.strikes;
    auto ports = MidiPorts::open({.api = MidiApi::jack, .out = kSynthesizer, .client = "room"}, {});
    if (!ports) {
      ADD_FAILURE() << ports.error().message;
      return nullptr;
    }
    // A port drops what is sent before its connection is made.
    EXPECT_TRUE(wait_for([&] {
      const auto strike = MidiMessage::note_on(0, 127, 1), end = MidiMessage::note_off(0, 127);
      (*ports)->send(strike.data());
      (*ports)->send(end.data());
      return heard_.strikes > before;
    }));
    expect_silence();
    heard_.strikes = 0;
    return std::move(*ports);
  }
  static void receive(Room& room, const std::vector<int>& bytes) {
    std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    room.receive(copy);
  }

  void send(const MidiMessage& message) { keyboard_->send(message.data()); }
  void press(int pitch) { send(MidiMessage::note_on(0, pitch, 80)); }
  void release(int pitch) { send(MidiMessage::note_off(0, pitch)); }

  // Plays until pno answers; the key 48 and the pedal stay down.
  void play_until_it_answers() {
    press(48);
    for (const int pitch : {60, 64, 67, 72}) {
      press(pitch);
      std::this_thread::sleep_for(std::chrono::milliseconds(80));
      release(pitch);
    }
    ASSERT_TRUE(wait_for([&] { return heard_.strikes > 5; })) << "5 keys, then the answer";
    ASSERT_TRUE(wait_for([&] { return heard_.sounding_notes() > 0; }));
  }
  // The port a moment after the program has ended.
  void expect_silence() {
    EXPECT_TRUE(wait_for([&] { return heard_.sounding_notes() == 0 && heard_.pedal == 0; }, 5))
        << heard_.sounding_notes() << " notes sound, the pedal is at " << heard_.pedal;
  }

  std::filesystem::path folder_;
  Heard heard_;
  std::unique_ptr<MidiPorts> keyboard_, synthesizer_;

 private:
  std::unique_ptr<Process> jackd_;
};

TEST_F(LivePorts, InterruptEndsAllNotesAndKeepsTheSession) {
  const auto jam = start_jam_at_the_keyboard();
  play_until_it_answers();
  send(MidiMessage::control(0, kSustainController, 127));
  jam->interrupt();
  const auto finished = jam->wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  expect_silence();
  const auto result = nlohmann::json::parse(finished.out);
  EXPECT_EQ(result.at("stuck_notes"), 0);
  EXPECT_EQ(result.at("notes_in"), 5);
  EXPECT_GE(result.at("notes_out"), 1);
  EXPECT_TRUE(result.at("first_note_ms").contains("p95"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "session.mid"));
}

TEST_F(LivePorts, TerminationEndsAllNotes) {
  const auto jam = start_jam_at_the_keyboard();
  play_until_it_answers();
  jam->signal(SIGTERM);
  EXPECT_EQ(jam->wait().exit_code, 0);
  expect_silence();
}

TEST_F(LivePorts, ClosedTerminalEndsAllNotes) {
  const auto jam = start_jam_at_the_keyboard();
  play_until_it_answers();
  jam->signal(SIGHUP);
  EXPECT_EQ(jam->wait().exit_code, 0);
  expect_silence();
}

// The two ways out that a program at its ports cannot be brought to: the room of pno jam, in this
// process.
TEST_F(LivePorts, ErrorOfTheThinkerEndsItsNotesAndStopEndsTheOthers) {
  ScriptedPianist pianist;
  const auto ports = open_synthesizer();
  Room room(pianist, *ports, {.duet = {.pause_s = 0.1}});
  room.start();
  receive(room, {0x90, 48, 80, 0x90, 60, 80, 0x80, 60, 0});
  ASSERT_TRUE(wait_for([&] { return heard_.sounds(72); })) << "the answer";
  pianist.throws = true;
  ASSERT_TRUE(wait_for([&] { return room.failure().has_value(); }));
  EXPECT_TRUE(wait_for([&] { return heard_.sounding_notes() == 1; }, 5));
  EXPECT_TRUE(heard_.sounds(48)) << "the key is still down";
  room.stop();
  expect_silence();
}

TEST_F(LivePorts, FullQueueLosesMessagesButLeavesNoNote) {
  ScriptedPianist pianist;
  const auto ports = open_synthesizer();
  Room room(pianist, *ports, {.duet = {.pause_s = 30}});
  for (int pitch = 60; pitch < 70; ++pitch) receive(room, {0x90, pitch, 80});
  for (int i = 0; i < 5000; ++i) receive(room, {0xB0, kSoftController, 0});
  ASSERT_GT(room.figures().lost_messages, 0);
  room.start();
  // The keys of lost messages count as released, while the room continues.
  EXPECT_TRUE(wait_for([&] { return heard_.strikes > 0; }));
  expect_silence();
  receive(room, {0x90, 50, 80});
  EXPECT_TRUE(wait_for([&] { return heard_.sounds(50); }));
  room.stop();
  expect_silence();
}

TEST_F(LivePorts, UnpluggedOutputIsSilentWhenItIsBack) {
  const auto jam = start_jam({"--in", kKeyboard, "--pause", "30"});
  send(MidiMessage::control(0, kSustainController, 127));
  press(60);
  ASSERT_TRUE(wait_for([&] { return heard_.sounds(60) && heard_.pedal == 127; }));
  synthesizer_.reset();
  ASSERT_TRUE(wait_for([&] { return jam->err_so_far().find("is gone") != std::string::npos; }));
  release(60);
  ASSERT_TRUE(heard_.sounds(60)) << "the NOTE_OFF did not reach it";
  plug_in_synthesizer();
  expect_silence();
  EXPECT_THAT(jam->err_so_far(), HasSubstr("the output port is back"));
  press(62);
  EXPECT_TRUE(wait_for([&] { return heard_.sounds(62); }));
  jam->interrupt();
  EXPECT_EQ(jam->wait().exit_code, 0);
  expect_silence();
}

TEST_F(LivePorts, PlayEndsItsNotesWhenItIsInterrupted) {
  for (const std::string& what :
       {std::string(kMusic), std::string(PNO_SOURCE_DIR "/models/piano.safetensors")}) {
    const int before = heard_.strikes;
    Process play(PNO_PROGRAM,
                 {"play", what, "--midi-api", "jack", "--port", kSynthesizer, "--json"}, folder_,
                 {}, "play");
    ASSERT_TRUE(wait_for([&] {
      return heard_.strikes > before + 5 && heard_.sounding_notes() > 0;
    })) << play.err_so_far();
    play.interrupt();
    const auto finished = play.wait();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_GT(nlohmann::json::parse(finished.out).at("notes"), 5);
    expect_silence();
  }
}

TEST_F(LivePorts, SoundOfAnAudioDeviceHasItsGapsCounted) {
  Process play(PNO_PROGRAM, {"play", kMusic, "--driver", "jack", "--seconds", "3", "--json"},
               folder_, {}, "play");
  const auto finished = play.wait();
  if (finished.err.find("was built without sound") != std::string::npos) GTEST_SKIP();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto result = nlohmann::json::parse(finished.out);
  ASSERT_TRUE(result.at("under_runs").is_number());
  EXPECT_GT(result.at("notes"), 5);
}

TEST_F(LivePorts, PanicEndsTheNotesOfAKilledProgram) {
  const auto jam = start_jam_at_the_keyboard();
  send(MidiMessage::control(0, kSustainController, 127));
  play_until_it_answers();
  ASSERT_TRUE(jam->kill());
  ASSERT_GT(heard_.sounding_notes(), 0);
  Process panic(PNO_PROGRAM, {"panic", "--midi-api", "jack", "--port", kSynthesizer}, folder_, {},
                "panic");
  EXPECT_EQ(panic.wait().exit_code, 0);
  expect_silence();
}

TEST_F(LivePorts, NextStartEndsTheNotesOfAKilledProgram) {
  const auto jam = start_jam_at_the_keyboard();
  play_until_it_answers();
  ASSERT_TRUE(jam->kill());
  ASSERT_GT(heard_.sounding_notes(), 0);
  release(48);
  const auto next = start_jam_at_the_keyboard();
  expect_silence();
  next->interrupt();
  next->wait();
}

TEST_F(LivePorts, UnpluggedKeyboardReleasesItsKeysAndMayComeBack) {
  const auto jam = start_jam({"--in", kKeyboard, "--pause", "30"});
  press(60);
  ASSERT_TRUE(wait_for([&] { return heard_.sounds(60); }));
  keyboard_.reset();
  EXPECT_TRUE(wait_for([&] { return !heard_.sounds(60); }));
  plug_in_keyboard();
  EXPECT_TRUE(wait_for([&] {
    press(62);
    return heard_.sounds(62);
  }));
  jam->interrupt();
  const auto finished = jam->wait();
  EXPECT_THAT(finished.err, HasSubstr("unplugged"));
  EXPECT_THAT(finished.err, HasSubstr("is back"));
  expect_silence();
}

TEST_F(LivePorts, MockPlaysToThePortAndNothingIsStuckOrLost) {
  const auto jam = start_jam({"--mock", kMusic, "--mock-seconds", "12", "--no-record"});
  const auto finished = jam->wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto result = nlohmann::json::parse(finished.out);
  EXPECT_GE(result.at("turns"), 1);
  EXPECT_GT(result.at("notes_in"), 5);
  EXPECT_EQ(result.at("stuck_notes"), 0);
  EXPECT_EQ(result.at("lost_messages"), 0);
  expect_silence();
}

class SlowLivePorts : public LivePorts {};

TEST_F(SlowLivePorts, MockOfHalfAnHourNeitherGrowsNorHangs) {
  const auto jam = start_jam({"--mock", kMusic, "--mock-seconds", "1800", "--no-record"});
  const auto finished = jam->wait(std::chrono::seconds(1900));
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto result = nlohmann::json::parse(finished.out);
  fmt::print("{}\n", finished.out);
  EXPECT_GE(result.at("turns"), 60);
  EXPECT_EQ(result.at("stuck_notes"), 0);
  EXPECT_EQ(result.at("lost_messages"), 0);
  constexpr double kMostGrownMb = 8;  // the recording of 30 minutes, and buffers of the allocator
  EXPECT_LT(result.at("memory_grown_mb"), kMostGrownMb);
  EXPECT_GT(result.at("cpu_share"), 0);
  expect_silence();
}

}  // namespace
}  // namespace pno::live
