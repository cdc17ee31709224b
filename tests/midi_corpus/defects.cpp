#include "defects.h"

#include <algorithm>

#include "damaged_files.h"

namespace pno::midi {
namespace {

// One note of 10 ms in all that follows.
Track one_note() {
  return Track().on(0, 60).off(10, 60);
}

FileBytes cut(const FileBytes& bytes, std::ptrdiff_t from_end) {
  return {bytes.begin(), bytes.end() - from_end};
}

FileBytes with_length(FileBytes file, std::size_t position, std::size_t length) {
  FileBytes digits;
  put_big_endian(digits, length, 4);
  std::copy(digits.begin(), digits.end(), file.begin() + static_cast<std::ptrdiff_t>(position) + 4);
  return file;
}

FileBytes plain_text(std::string_view text) {
  FileBytes bytes;
  put(bytes, text);
  return bytes;
}

FileBytes riff(const FileBytes& data, bool with_list = false) {
  FileBytes bytes;
  put(bytes, "RIFF");
  put(bytes, {0, 0, 0, 0});  // a size of nothing, as some writers leave it
  put(bytes, "RMID");
  if (with_list) {
    put(bytes, "LIST");
    put(bytes, {3, 0, 0, 0, 'a', 'b', 'c', 0});  // of odd length, padded
  }
  put(bytes, "data");
  put(bytes, {static_cast<int>(data.size() & 0xFF), static_cast<int>(data.size() >> 8), 0, 0});
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

constexpr std::size_t kTrackPosition = 14;  // of the first track chunk

std::vector<Defect> small_defects() {
  return {
      {"mended/missing_end_of_track", smf(one_note())},
      {"mended/bytes_after_end_of_track", smf(one_note().end().raw({1, 2, 3}))},
      {"mended/bytes_after_the_last_chunk", joined({smf(one_note().end()), plain_text("garbage")})},
      {"mended/bytes_between_chunks",
       joined({header(1, 2, 500), chunk("MTrk", one_note().bytes()), plain_text("\x01\x02\x03"),
               chunk("MTrk", Track().on(0, 62).off(10, 62).end().bytes())})},
      {"mended/track_cut_short_between_events",
       cut(smf(one_note().on(0, 62).off(10, 62).end()), 12)},
      {"mended/track_cut_short_within_an_event",
       cut(smf(one_note().on(0, 62).off(10, 62).end()), 10)},
      {"mended/track_cut_short_within_a_delta", smf(one_note().raw({0x81}))},
      {"mended/track_cut_short_within_a_meta_event", smf(one_note().event(0, {0xFF, 1, 100, 'a'}))},
      {"mended/track_cut_short_within_sys_ex", smf(one_note().event(0, {0xF0, 100, 1}))},
      {"mended/second_track_missing",
       joined({header(1, 2, 500), chunk("MTrk", one_note().end().bytes())})},
      {"mended/more_tracks_than_announced",
       joined({header(0, 1, 500), chunk("MTrk", one_note().end().bytes()),
               chunk("MTrk", Track().on(0, 62).off(10, 62).end().bytes())})},
      {"mended/track_longer_than_the_file",
       with_length(smf(one_note().end()), kTrackPosition, 0xFFFFFFFF)},
      {"mended/unknown_chunk",
       joined({header(0, 1, 500), chunk("XFIH", {std::byte{1}, std::byte{2}}),
               chunk("MTrk", one_note().end().bytes())})},
      {"mended/unknown_chunk_of_all_the_rest",
       with_length(
           joined({header(0, 1, 500), chunk("junk", {}), chunk("MTrk", one_note().end().bytes())}),
           kTrackPosition, 0xFFFFFFFF)},
      {"valid/long_header",
       joined({chunk("MThd", {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{1},
                              std::byte{0xF4}, std::byte{9}, std::byte{9}}),
               chunk("MTrk", one_note().end().bytes())})},
      {"mended/riff_wrapped", riff(smf(one_note().end()))},
      {"mended/riff_wrapped_after_another_chunk", riff(smf(one_note().end()), true)},
      {"valid/karaoke",
       smf(1, {Track().event(0, {0xFF, 1, 6}).text("@KMIDI").end(),
               Track().event(0, {0xFF, 1, 3}).text("/la").event(5, {0xFF, 5, 2}).text("la").end(),
               one_note().end()})},
      {"mended/note_without_end", smf(Track().on(0, 60).on(10, 62).off(10, 62).end(80))},
      {"mended/stray_note_off",
       smf(Track().off(0, 60).on(10, 60).off(10, 60).off(10, 60).on(10, 60).off(10, 60).end())},
      {"mended/overlapping_notes", smf(Track().on(0, 60).on(10, 60).off(10, 60).off(10, 60).end())},
      {"mended/overlapping_notes_of_two_tracks",
       smf(1, {Track().on(0, 60).off(30, 60).end(), Track().on(10, 60).off(10, 60).end()})},
      {"mended/the_same_note_in_two_tracks",
       smf(1, {Track().on(0, 60).off(10, 60).end(), Track().on(0, 60).off(20, 60).end()})},
      {"valid/note_off_after_the_next_note_on",
       smf(Track().on(0, 60).on(10, 60).off(0, 60).off(10, 60).end())},
      {"mended/zero_length_note", smf(Track().on(0, 60).off(0, 60).on(0, 62).off(10, 62).end())},
      {"mended/pitch_above_the_range", smf(Track()
                                               .event(0, {0x90, 0x85, 64})
                                               .on(0, 60)
                                               .event(5, {0x80, 0x85, 64})
                                               .off(5, 60)
                                               .end())},
      {"valid/velocity_above_the_range", smf(Track().on(0, 60, 200).off(10, 60).end())},
      {"mended/clocks_in_the_file", smf(Track()
                                            .on(0, 60)
                                            .event(5, {0xF8})
                                            .event(0, {0xFE})
                                            .event(0, {0xF2, 1, 1})
                                            .off(5, 60)
                                            .end())},
      {"mended/no_status_at_all", smf(1, {Track().raw({0, 60, 64}), one_note().end()})},
      {"mended/endless_delta", smf(one_note().raw({0x81, 0x81, 0x81, 0x81, 0x01}).on(0, 62))},
      {"mended/tempo_of_zero", smf(Track().tempo(0, 0).on(0, 60).off(10, 60).end())},
      {"valid/tempo_of_another_length",
       smf(Track().event(0, {0xFF, 0x51, 2, 1, 1}).on(0, 60).off(10, 60).end())},
      {"mended/no_tracks", header(1, 1, 500)},
      {"invalid/no_bytes", {}},
      {"invalid/text", plain_text("once upon a time there was a file")},
      {"invalid/one_byte", plain_text("M")},
      {"invalid/cut_within_the_header", cut(header(0, 1, 480), 1)},
      {"invalid/short_header", joined({chunk("MThd", FileBytes(4)), FileBytes(10)})},
      {"invalid/unknown_format", header(3, 1, 480)},
      {"invalid/division_of_zero", header(0, 1, 0)},
      {"invalid/unknown_frame_rate", header(0, 1, 0xE128)},
      {"invalid/frames_of_no_ticks", header(0, 1, 0xE700)},
      {"invalid/wave", plain_text("RIFF....WAVEfmt ")},
      {"invalid/riff_without_data", plain_text("RIFF....RMIDINFO")},
      {"invalid/riff_of_text", riff(plain_text("once upon a time"))},
  };
}

}  // namespace

const std::vector<Defect>& defects() {
  static const std::vector<Defect> kDefects = [] {
    std::vector<Defect> all = small_defects();
    for (auto more : {damaged_chunks(), damaged_music()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kDefects;
}

}  // namespace pno::midi
