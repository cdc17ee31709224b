// Files that are not as the specification has them: what is wrong with each, and what is read.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "midi/smf_builder.h"
#include "midi/smf_reader.h"

namespace pno::midi {
namespace {

// One note of 10 ms in all that follows.
Track one_note() {
  return Track().on(0, 60).off(10, 60);
}

struct Defect {
  std::string name;
  std::string wrong;
  FileBytes bytes;
  std::string notes;     // "pitch@start+length" in ms, separated by blanks
  std::string oddities;  // as Oddities::text() tells them
};

std::string notes_text(const Performance& performance) {
  std::vector<std::string> parts;
  for (const Note& note : performance.notes) {
    parts.push_back(fmt::format("{}@{}+{}", note.pitch, static_cast<double>(note.start_us) / 1000,
                                static_cast<double>(note.length_us) / 1000));
  }
  return fmt::format("{}", fmt::join(parts, " "));
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

const std::vector<Defect>& defects() {
  static const std::vector<Defect> kDefects = {
      {"MissingEndOfTrack", "the track ends without saying so", smf(one_note()), "60@0+10",
       "1 track without its end"},
      {"BytesAfterEndOfTrack", "three bytes between the end of the track and that of its chunk",
       smf(one_note().end().raw({1, 2, 3})), "60@0+10", "3 bytes after the end"},
      {"BytesAfterTheLastChunk", "seven bytes that are no chunk after the last",
       joined({smf(one_note().end()), plain_text("garbage")}), "60@0+10", "7 bytes after the end"},
      {"BytesBetweenChunks", "a track that says it is shorter than it is, then another track",
       joined({header(1, 2, 500), chunk("MTrk", one_note().bytes()), plain_text("\x01\x02\x03"),
               chunk("MTrk", Track().on(0, 62).off(10, 62).end().bytes())}),
       "60@0+10 62@0+10", "1 track without its end, 3 bytes after the end"},
      {"TrackCutShortBetweenEvents", "the file ends after the first note",
       cut(smf(one_note().on(0, 62).off(10, 62).end()), 12), "60@0+10",
       "cut short, 1 track without its end"},
      {"TrackCutShortWithinAnEvent",
       "the file ends within the second NOTE_ON; the note before is kept",
       cut(smf(one_note().on(0, 62).off(10, 62).end()), 10), "60@0+10", "cut short"},
      {"TrackCutShortWithinADelta", "the file ends within a delta time",
       smf(one_note().raw({0x81})), "60@0+10", "cut short"},
      {"TrackCutShortWithinAMetaEvent", "a text says it is longer than what is left of the track",
       smf(one_note().event(0, {0xFF, 1, 100, 'a'})), "60@0+10", "cut short"},
      {"TrackCutShortWithinSysEx", "a SysEx says it is longer than what is left of the track",
       smf(one_note().event(0, {0xF0, 100, 1})), "60@0+10", "cut short"},
      {"SecondTrackMissing", "the header announces two tracks, there is one",
       joined({header(1, 2, 500), chunk("MTrk", one_note().end().bytes())}), "60@0+10",
       "another number of tracks than announced"},
      {"MoreTracksThanAnnounced", "the header announces one track, there are two",
       joined({header(0, 1, 500), chunk("MTrk", one_note().end().bytes()),
               chunk("MTrk", Track().on(0, 62).off(10, 62).end().bytes())}),
       "60@0+10 62@0+10", "another number of tracks than announced"},
      {"TrackLongerThanTheFile", "the length of the track is that of a writer that never went back",
       with_length(smf(one_note().end()), kTrackPosition, 0xFFFFFFFF), "60@0+10", "cut short"},
      {"UnknownChunk", "a chunk with another name before the track",
       joined({header(0, 1, 500), chunk("XFIH", {std::byte{1}, std::byte{2}}),
               chunk("MTrk", one_note().end().bytes())}),
       "60@0+10", "1 unknown chunk"},
      {"UnknownChunkOfAllTheRest", "a chunk with another name that says it is longer than the file",
       with_length(
           joined({header(0, 1, 500), chunk("junk", {}), chunk("MTrk", one_note().end().bytes())}),
           kTrackPosition, 0xFFFFFFFF),
       "60@0+10", "8 bytes after the end"},
      {"LongHeader", "a header of eight bytes; the last two are skipped, as the specification asks",
       joined({chunk("MThd", {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{1},
                              std::byte{0xF4}, std::byte{9}, std::byte{9}}),
               chunk("MTrk", one_note().end().bytes())}),
       "60@0+10", ""},
      {"RiffWrapped", "an .rmi file", riff(smf(one_note().end())), "60@0+10", "wrapped in RIFF"},
      {"RiffWrappedAfterAnotherChunk", "an .rmi file with a chunk of odd length before the data",
       riff(smf(one_note().end()), true), "60@0+10", "wrapped in RIFF"},
      {"Karaoke", "a .kar file: words as text events, a track for them",
       smf(1, {Track().event(0, {0xFF, 1, 6}).text("@KMIDI").end(),
               Track().event(0, {0xFF, 1, 3}).text("/la").event(5, {0xFF, 5, 2}).text("la").end(),
               one_note().end()}),
       "60@0+10", ""},
      {"NoteWithoutEnd", "a NOTE_ON without NOTE_OFF: it ends with its track",
       smf(Track().on(0, 60).on(10, 62).off(10, 62).end(80)), "60@0+100 62@10+10",
       "1 note without end"},
      {"StrayNoteOff", "NOTE_OFFs for keys that are not down; later notes of the pitch are whole",
       smf(Track().off(0, 60).on(10, 60).off(10, 60).off(10, 60).on(10, 60).off(10, 60).end()),
       "60@10+10 60@40+10", "2 stray note-offs"},
      {"OverlappingNotes", "a key struck twice and then released twice: first in, first out",
       smf(Track().on(0, 60).on(10, 60).off(10, 60).off(10, 60).end()), "60@0+10 60@10+20",
       "1 overlapping note"},
      {"OverlappingNotesOfTwoTracks", "the same key in two hands; each track ends its own",
       smf(1, {Track().on(0, 60).off(30, 60).end(), Track().on(10, 60).off(10, 60).end()}),
       "60@0+10 60@10+10", "1 overlapping note"},
      {"TheSameNoteInTwoTracks", "two notes of one pitch at one time: the longer stays",
       smf(1, {Track().on(0, 60).off(10, 60).end(), Track().on(0, 60).off(20, 60).end()}),
       "60@0+20", "1 overlapping note"},
      {"NoteOffAfterTheNextNoteOn", "the old note's NOTE_OFF stands after the new NOTE_ON",
       smf(Track().on(0, 60).on(10, 60).off(0, 60).off(10, 60).end()), "60@0+10 60@10+10", ""},
      {"ZeroLengthNote", "a key released at the tick it was struck",
       smf(Track().on(0, 60).off(0, 60).on(0, 62).off(10, 62).end()), "62@0+10",
       "1 note of no length"},
      {"PitchAboveTheRange", "a data byte with its top bit set in place of a pitch",
       smf(Track()
               .event(0, {0x90, 0x85, 64})
               .on(0, 60)
               .event(5, {0x80, 0x85, 64})
               .off(5, 60)
               .end()),
       "60@0+10", "1 note above the range"},
      {"VelocityAboveTheRange", "a velocity of 200 is taken as 127",
       smf(Track().on(0, 60, 200).off(10, 60).end()), "60@0+10", ""},
      {"ClocksInTheFile", "a recorder left MIDI clock, active sensing and a song position in it",
       smf(Track()
               .on(0, 60)
               .event(5, {0xF8})
               .event(0, {0xFE})
               .event(0, {0xF2, 1, 1})
               .off(5, 60)
               .end()),
       "60@0+10", "3 messages that belong on a wire"},
      {"NoStatusAtAll", "a track that begins with a data byte",
       smf(1, {Track().raw({0, 60, 64}), one_note().end()}), "60@0+10",
       "1 track unreadable from some point on"},
      {"EndlessDelta", "a delta time of five bytes",
       smf(one_note().raw({0x81, 0x81, 0x81, 0x81, 0x01}).on(0, 62)), "60@0+10",
       "1 track unreadable from some point on"},
      {"TempoOfZero", "a tempo that would make the rest last no time",
       smf(Track().tempo(0, 0).on(0, 60).off(10, 60).end()), "60@0+10", "1 tempo of zero"},
      {"TempoOfAnotherLength", "a tempo event of two bytes",
       smf(Track().event(0, {0xFF, 0x51, 2, 1, 1}).on(0, 60).off(10, 60).end()), "60@0+10", ""},
      {"NoTracks", "a header and nothing else", header(1, 1, 500), "",
       "another number of tracks than announced"},
  };
  return kDefects;
}

class SmfDefects : public testing::TestWithParam<Defect> {};

TEST_P(SmfDefects, AreReadAsFarAsTheyMakeSense) {
  const Defect& defect = GetParam();
  const auto file = read_smf(defect.bytes);
  ASSERT_TRUE(file.has_value()) << defect.wrong << ": " << file.error().message;
  EXPECT_EQ(notes_text(file->performance), defect.notes) << defect.wrong;
  EXPECT_EQ(file->oddities.text(), defect.oddities) << defect.wrong;
}

INSTANTIATE_TEST_SUITE_P(Corpus, SmfDefects, testing::ValuesIn(defects()),
                         [](const auto& each) { return each.param.name; });

struct Refusal {
  std::string name;
  FileBytes bytes;
  std::string message;
};

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> kRefusals = {
      {"NoBytes", {}, "is no MIDI file: it is empty"},
      {"Text", plain_text("once upon a time there was a file"),
       "is no MIDI file: it does not begin with MThd"},
      {"OneByte", plain_text("M"), "is no MIDI file: it does not begin with MThd"},
      {"CutWithinTheHeader", cut(header(0, 1, 480), 1),
       "is no MIDI file: it ends within its header"},
      {"ShortHeader", joined({chunk("MThd", FileBytes(4)), FileBytes(10)}),
       "is no MIDI file: its header is 4 bytes long"},
      {"UnknownFormat", header(3, 1, 480),
       "is no MIDI file that pno knows: its format is 3, not 0, 1 or 2"},
      {"DivisionOfZero", header(0, 1, 0), "is no MIDI file that can be timed: its division is 0"},
      {"UnknownFrameRate", header(0, 1, 0xE128),
       "is no MIDI file that can be timed: its division is 31 frames of 40 ticks"},
      {"FramesOfNoTicks", header(0, 1, 0xE700),
       "is no MIDI file that can be timed: its division is 25 frames of 0 ticks"},
      {"Wave", plain_text("RIFF....WAVEfmt "),
       "is no MIDI file: it is a RIFF file of another kind"},
      {"RiffWithoutData", plain_text("RIFF....RMIDINFO"),
       "is no MIDI file: it is a RIFF file without a data chunk"},
      {"RiffOfText", riff(plain_text("once upon a time")),
       "is no MIDI file: it does not begin with MThd"},
  };
  return kRefusals;
}

class SmfRefusals : public testing::TestWithParam<Refusal> {};

TEST_P(SmfRefusals, SayWhatIsWrong) {
  const auto file = read_smf(GetParam().bytes);
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(Corpus, SmfRefusals, testing::ValuesIn(refusals()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace pno::midi
