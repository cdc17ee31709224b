#include "damaged_files.h"

namespace pno::midi {
namespace {

constexpr std::uint32_t kLongestDelta = 0x0FFF'FFFF;
constexpr std::uint32_t kHour_ms = 3'600'000;

class Files {
 public:
  void mended(const char* folder, FileBytes bytes) {
    files_.push_back({std::string("mended/") + folder, std::move(bytes)});
  }
  void valid(const char* folder, FileBytes bytes) {
    files_.push_back({std::string("valid/") + folder, std::move(bytes)});
  }
  std::vector<Defect> take() { return std::move(files_); }

 private:
  std::vector<Defect> files_;
};

Track four_notes() {
  Track track;
  for (int pitch = 60; pitch < 64; ++pitch) track.on(0, pitch).off(500, pitch);
  return track;
}

void add_late_ends(Files& files) {
  files.mended("late_end_of_track", smf(four_notes().end(30 * kHour_ms)));
  files.mended("late_end_of_the_conductor_track",
               smf(1, {Track().tempo(0, 500'000).end(kLongestDelta), four_notes().end()}));
  files.mended("late_controller", smf(four_notes().control(kLongestDelta, 7, 100).end()));
  Track steps = four_notes();
  for (int i = 0; i < 4; ++i) steps.control(20 * kHour_ms, 7, 100);
  files.valid("late_controllers_in_steps", smf(steps.end()));
  files.valid("late_text", smf(four_notes().event(23 * kHour_ms, {0xFF, 1, 1, 'x'}).end()));
  files.valid("late_end_at_a_slow_tempo",
              smf(four_notes().tempo(0, 16'000'000).end(23 * kHour_ms)));
  files.mended("damaged_delta_before_a_note",
               smf(Track().on(0, 60).off(500, 60).on(kLongestDelta, 62).off(500, 62).end()));
  files.mended("damaged_delta_within_a_note",
               smf(Track().on(0, 60).off(kLongestDelta, 60).on(0, 62).off(500, 62).end()));
}

void add_open_ends(Files& files) {
  files.mended(
      "pedal_never_lifted_and_a_late_end",
      smf(Track().sustain(0, 127).on(0, 60).off(500, 60).on(0, 64).off(500, 64).end(3 * kHour_ms)));
  files.mended("pedal_lifted_late",
               smf(Track().sustain(0, 127).on(0, 60).off(500, 60).sustain(kHour_ms, 0).end()));
  files.mended("sostenuto_never_lifted",
               smf(Track().on(0, 60).control(250, 66, 127).off(250, 60).end(kHour_ms)));
  files.mended("pedals_of_two_channels_never_lifted", smf(Track()
                                                              .sustain(0, 127)
                                                              .sustain(0, 127, 1)
                                                              .on(0, 60)
                                                              .on(0, 48, 64, 1)
                                                              .off(500, 60)
                                                              .off(500, 48, 1)
                                                              .end()));
  files.valid("pedal_lifted_after_the_last_key",
              smf(Track().sustain(0, 127).on(0, 60).off(500, 60).sustain(20'000, 0).end()));
  files.mended("key_never_released_and_a_late_end",
               smf(Track().on(0, 60).off(400, 60).on(0, 62).end(kHour_ms)));
  files.mended("only_key_never_released", smf(Track().on(0, 60).end(kHour_ms)));
  files.mended("keys_never_released_at_the_cut",
               smf(Track().on(0, 60).off(5000, 60).on(0, 62).on(0, 65)));
  files.mended("key_never_released_struck_again_much_later",
               smf(Track().on(0, 60).on(kHour_ms, 60).off(500, 60).end()));
  files.mended("key_never_released_and_a_late_all_notes_off",
               smf(Track().on(0, 60).on(0, 62).off(500, 60).control(kHour_ms, 123, 0).end()));
}

// A strike of 60 every two seconds, each held for a quarter of a second.
Track repeated(int times) {
  Track track;
  for (int i = 0; i < times; ++i) track.on(i == 0 ? 2000U : 1750U, 60).off(250, 60);
  return track;
}

void add_lost_note_offs(Files& files) {
  FileBytes one = joined({Track().on(0, 60).bytes(), repeated(6).bytes(),
                          Track().on(0, 72).off(500, 72).end(10'000).bytes()});
  files.mended("note_off_lost", joined({header(0, 1, kMillisecondTicks), chunk("MTrk", one)}));
  Track two = Track().on(0, 60);
  two.on(1000, 60).off(250, 60).on(750, 60).on(1000, 60).off(250, 60).on(750, 60).off(250, 60);
  files.mended("note_offs_lost_twice", smf(two.end()));
  files.mended("note_off_lost_after_an_overlap", smf(Track()
                                                         .on(0, 60)
                                                         .on(400, 60)
                                                         .off(100, 60)
                                                         .off(300, 60)
                                                         .on(200, 60)
                                                         .on(1000, 60)
                                                         .off(250, 60)
                                                         .on(750, 60)
                                                         .off(250, 60)
                                                         .end()));
  files.mended("note_off_lost_of_one_channel", smf(Track()
                                                       .on(0, 60)
                                                       .on(0, 62, 64, 1)
                                                       .off(500, 62, 1)
                                                       .on(500, 60)
                                                       .on(0, 62, 64, 1)
                                                       .off(500, 60)
                                                       .off(0, 62, 1)
                                                       .end()));
  files.mended("note_off_lost_then_struck_as_another_ends",
               smf(Track().on(0, 60).on(1000, 60).off(500, 60).on(0, 60).off(500, 60).end()));
  files.mended(
      "overlapping_notes_of_three_keys",
      smf(Track().on(0, 60).on(100, 60).on(100, 60).off(100, 60).off(100, 60).off(100, 60).end()));
}

// The pedal goes down, 60 is struck and released, `lift` follows at one second, 64 follows later.
FileBytes reset_by(const Track& lift) {
  const FileBytes before = Track().sustain(0, 127).on(0, 60).off(500, 60).bytes();
  const FileBytes after =
      Track().on(500, 64).off(500, 64).sustain(5000, 0).control(0, 66, 0).end().bytes();
  return joined(
      {header(0, 1, kMillisecondTicks), chunk("MTrk", joined({before, lift.bytes(), after}))});
}

void add_resets(Files& files) {
  files.valid("reset_all_controllers", reset_by(Track().control(500, 121, 0)));
  files.valid("reset_by_gm", reset_by(Track().event(500, {0xF0, 5, 0x7E, 0x7F, 9, 1, 0xF7})));
  files.valid("reset_by_gm_2", reset_by(Track().event(500, {0xF0, 5, 0x7E, 0x10, 9, 3, 0xF7})));
  files.valid("reset_by_gs", reset_by(Track().event(500, {0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0,
                                                          0x7F, 0, 0x41, 0xF7})));
  files.valid("reset_by_xg",
              reset_by(Track().event(500, {0xF0, 8, 0x43, 0x10, 0x4C, 0, 0, 0x7E, 0, 0xF7})));
  files.valid("reset_of_another_channel", reset_by(Track().control(500, 121, 0, 1)));
  files.valid("reset_of_sostenuto", smf(Track()
                                            .on(0, 60)
                                            .control(100, 66, 127)
                                            .off(400, 60)
                                            .control(500, 121, 0)
                                            .on(500, 64)
                                            .off(500, 64)
                                            .control(5000, 66, 0)
                                            .end()));
  files.valid("sys_ex_of_another_kind",
              reset_by(Track().event(500, {0xF0, 8, 0x43, 0x10, 0x4C, 2, 1, 0x7E, 0, 0xF7})));
}

void add_ports(Files& files) {
  const auto with_pedal = [](int program) {
    Track track = Track().port(0, 1).program(0, program).sustain(0, 127);
    return track.on(0, 40).off(500, 40).sustain(2000, 0).end();
  };
  const Track piano = Track().port(0, 0).program(0, 0).on(0, 60).off(500, 60).end(2000);
  files.mended("pedal_of_another_port", smf(1, {piano, with_pedal(48)}));
  files.valid("two_pianos_on_two_ports", smf(1, {piano, with_pedal(0)}));
  files.valid("ports_within_one_track", smf(Track()
                                                .port(0, 5)
                                                .sustain(0, 127)
                                                .on(0, 40)
                                                .port(0, 6)
                                                .on(0, 60)
                                                .off(500, 60)
                                                .port(0, 5)
                                                .off(0, 40)
                                                .sustain(1000, 0)
                                                .end()));
  files.mended("same_key_on_two_ports", smf(Track()
                                                .port(0, 0)
                                                .on(0, 60)
                                                .port(100, 1)
                                                .on(500, 60)
                                                .off(100, 60)
                                                .port(0, 0)
                                                .off(0, 60)
                                                .end()));
  files.mended("drums_of_another_port",
               smf(Track().port(0, 1).on(0, 60).on(0, 36, 64, 9).off(500, 60).off(0, 36, 9).end()));
}

void add_released_when_struck(Files& files) {
  files.valid("zero_length_under_pedal", smf(Track()
                                                 .sustain(0, 127)
                                                 .on(500, 60)
                                                 .off(0, 60)
                                                 .on(500, 62)
                                                 .off(500, 62)
                                                 .sustain(500, 0)
                                                 .end()));
  files.mended("zero_length_as_the_pedal_rises", smf(Track()
                                                         .sustain(0, 127)
                                                         .sustain(500, 0)
                                                         .on(0, 60)
                                                         .off(0, 60)
                                                         .on(0, 62)
                                                         .off(500, 62)
                                                         .end()));
  files.valid("zero_length_as_the_pedal_goes_down",
              smf(Track().on(500, 60).off(0, 60).sustain(0, 127).sustain(500, 0).end()));
  files.mended("zero_length_under_the_pedal_of_another_channel",
               smf(Track().sustain(0, 127, 1).on(500, 60).off(0, 60).sustain(500, 0, 1).end()));
  files.valid("zero_length_under_pedal_struck_again", smf(Track()
                                                              .sustain(0, 127)
                                                              .on(500, 60)
                                                              .off(0, 60)
                                                              .on(250, 60)
                                                              .off(250, 60)
                                                              .sustain(500, 0)
                                                              .end()));
}

// A piano on channel 1, and channel 11 with `bank` and program 0.
FileBytes with_bank(int bank, int extra_program = -1) {
  Track other = Track().control(0, 0, bank, 10).control(0, 32, 0, 10).program(0, 0, 10);
  if (extra_program >= 0) other.control(0, 0, 0, 10).program(0, extra_program, 10);
  other.on(0, 36, 100, 10).off(100, 36, 10).on(140, 42, 100, 10).off(100, 42, 10);
  return smf(1, {Track().program(0, 0).on(0, 60).off(500, 60).end(), other.end()});
}

void add_drum_banks(Files& files) {
  files.mended("drum_bank_127", with_bank(127));
  files.mended("drum_bank_126", with_bank(126));
  files.mended("drum_bank_120", with_bank(120));
  files.valid("bank_of_instruments", with_bank(8));
  files.valid("drum_bank_left_again", with_bank(127, 0));
  files.valid("drum_bank_without_program_change",
              smf(Track().control(0, 0, 127, 10).on(0, 60, 64, 10).off(500, 60, 10).end()));
  files.mended("drum_bank_chosen_by_another_track",
               smf(1, {Track().control(0, 0, 127, 10).program(0, 0, 10).end(),
                       Track().on(0, 36, 64, 10).off(100, 36, 10).on(0, 60).off(500, 60).end()}));
  files.valid("bank_127_of_gs",
              smf(Track()
                      .event(0, {0xF0, 10, 0x41, 0x10, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41, 0xF7})
                      .control(0, 0, 127)
                      .program(0, 0)
                      .on(0, 60)
                      .off(500, 60)
                      .end()));
}

}  // namespace

std::vector<Defect> damaged_music() {
  Files files;
  add_late_ends(files);
  add_open_ends(files);
  add_lost_note_offs(files);
  add_resets(files);
  add_ports(files);
  add_released_when_struck(files);
  add_drum_banks(files);
  return files.take();
}

}  // namespace pno::midi
