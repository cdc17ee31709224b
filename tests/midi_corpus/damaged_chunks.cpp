#include <algorithm>

#include "damaged_files.h"

namespace pno::midi {
namespace {

constexpr std::size_t kHeadBytes = 8;  // of a chunk

// 60, 61, 62, 63 of half a second each, without an end of track.
Track four_notes() {
  Track track;
  for (int pitch = 60; pitch < 64; ++pitch) track.on(0, pitch).off(500, pitch);
  return track;
}

// A second voice: 40 for a second on channel 2.
Track bass() {
  return Track().on(0, 40, 50, 1).off(1000, 40, 1).end();
}

FileBytes text(std::string_view words) {
  FileBytes bytes;
  put(bytes, words);
  return bytes;
}

// A track chunk that says it is `declared` bytes long.
FileBytes track_of_length(const Track& track, std::size_t declared) {
  FileBytes bytes;
  put(bytes, "MTrk");
  put_big_endian(bytes, declared, 4);
  return joined({bytes, track.bytes()});
}

std::size_t size_of(const Track& track) {
  return track.bytes().size();
}

FileBytes two_tracks(std::size_t first_declared) {
  return joined({header(1, 2, kMillisecondTicks),
                 track_of_length(four_notes().end(), first_declared),
                 chunk("MTrk", bass().bytes())});
}

// Early and missing ends of tracks.
void add_ends(std::vector<Defect>& files) {
  const auto add = [&](const char* folder, FileBytes bytes) {
    files.push_back({std::string("mended/") + folder, std::move(bytes)});
  };
  add("end_of_track_inside",
      smf(Track().event(0, {0xFF, 3, 1}).text("a").end().on(0, 60).off(500, 60).end()));
  Track between = Track().on(0, 60).off(500, 60).end().end(250);
  between.on(250, 61).off(500, 61).end();
  add("end_of_track_twice_inside", smf(between));
  add("end_of_track_inside_two_tracks",
      smf(1, {Track().end().on(0, 60).off(500, 60).end(), bass()}));
  add("end_of_track_inside_a_note", smf(Track().on(0, 60).end(100).off(400, 60).end()));
  add("end_of_track_inside_and_none_at_the_end", smf(Track().end().on(0, 60).off(500, 60)));
  add("zeros_after_end_of_track", smf(four_notes().end().raw({0, 0, 0, 0, 0})));
}

void add_lengths(std::vector<Defect>& files) {
  const auto add = [&](const char* folder, FileBytes bytes) {
    files.push_back({std::string("mended/") + folder, std::move(bytes)});
  };
  const std::size_t right = size_of(four_notes().end());
  add("track_length_long", two_tracks(right + 6));
  add("track_length_long_by_one", two_tracks(right + 1));
  add("track_length_of_all_the_rest", two_tracks(right + kHeadBytes + size_of(bass())));
  add("track_length_beyond_the_file", two_tracks(0x7FFFFFFF));
  add("track_length_short", two_tracks(right - 7));
  add("track_length_short_by_one", two_tracks(right - 1));
  add("track_length_of_one_event", two_tracks(4));
  add("track_length_zero", two_tracks(0));
  add("track_length_zero_single",
      joined({header(0, 1, kMillisecondTicks), track_of_length(four_notes().end(), 0)}));
  add("track_lengths_all_zero",
      joined({header(1, 2, kMillisecondTicks), track_of_length(four_notes().end(), 0),
              track_of_length(bass(), 0)}));
  add("track_length_zero_and_cut",
      joined({header(0, 1, kMillisecondTicks), track_of_length(four_notes(), 0)}));
  add("track_name_like_a_chunk",
      smf(0,
          {Track().event(0, {0xFF, 3, 8}).text("MTrkMTrk").on(0, 60).off(500, 60).end().raw({1})}));
  add("unknown_chunk_over_a_track",
      joined({header(0, 1, kMillisecondTicks),
              text("junk"),
              {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{9}},
              chunk("MTrk", four_notes().end().bytes())}));
}

void add_headers(std::vector<Defect>& files) {
  const auto add = [&](const char* folder, FileBytes bytes) {
    files.push_back({std::string("mended/") + folder, std::move(bytes)});
  };
  const FileBytes song = smf(four_notes().end());
  FileBytes mac_binary(128);
  const FileBytes name = text("song");
  mac_binary[1] = std::byte{4};
  std::copy(name.begin(), name.end(), mac_binary.begin() + 2);
  add("leading_mac_binary", joined({mac_binary, song}));
  add("leading_text", joined({text("From: a friend\r\n\r\n"), song}));
  add("leading_one_byte", joined({text("\n"), song}));
  add("leading_name_of_a_header", joined({text("MThd is how it begins: "), song}));
  add("header_twice", joined({header(1, 9, 96), song}));

  const FileBytes other = smf(0, {Track().tempo(0, 1'000'000).on(0, 70).off(480, 70).end()}, 960);
  add("appended_file", joined({song, other}));
  add("appended_two_files", joined({song, other, other}));
  add("appended_file_after_other_bytes", joined({song, text("\r\n"), other}));
  add("appended_file_after_a_track_of_length_zero",
      joined({header(0, 1, kMillisecondTicks), track_of_length(four_notes().end(), 0), other}));
  add("appended_file_within_the_track",
      joined({header(0, 1, kMillisecondTicks),
              track_of_length(four_notes().end(), size_of(four_notes().end()) + other.size()),
              other}));

  add("format_word_damaged", smf(0x7401, {four_notes().end(), bass()}));
  add("format_3", smf(3, {four_notes().end()}));
  add("format_65535", smf(0xFFFF, {four_notes().end(), bass()}));
  FileBytes long_header = song;
  long_header[5] = std::byte{0x40};  // more bytes than the file has
  add("header_length_damaged", long_header);
  FileBytes short_header = song;
  short_header[7] = std::byte{2};
  add("header_length_too_short", short_header);

  files.push_back({"invalid/zip_archive", joined({text("PK\x03\x04 and within it "), song})});
  FileBytes tar(512);
  const FileBytes magic = text("ustar");
  std::copy(magic.begin(), magic.end(), tar.begin() + 257);
  files.push_back({"invalid/tar_archive", joined({tar, song})});
}

}  // namespace

std::vector<Defect> damaged_chunks() {
  std::vector<Defect> files;
  add_ends(files);
  add_lengths(files);
  add_headers(files);
  return files;
}

}  // namespace pno::midi
