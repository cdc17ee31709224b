// pno infill: replaces passages of a MIDI file with new music that knows what comes before and
// after.

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/progress.h"
#include "cli/commands/commands.h"
#include "cli/midi_input.h"
#include "cli/output_path.h"
#include "cli/role_music_flags.h"
#include "cli/shared_flags.h"
#include "infer/infill.h"

namespace pno::cli {
namespace {

using events::PlainNote;

struct InfillFlags {
  RoleMusicFlags common;
  std::vector<double> from, to;
  double seconds = 0;  // of new music; 0: as long as the gap
};

struct Passage {
  std::int64_t from_us = 0, to_us = 0, length_us = 0;
  bool holds(std::int64_t time_us) const { return time_us >= from_us && time_us < to_us; }
};

// The passages from left to right.
Expected<std::vector<Passage>> passages_of(const InfillFlags& flags) {
  if (flags.from.size() != flags.to.size()) {
    return fail_usage("--from is given {} times and --to {} times; each --from needs its --to",
                      flags.from.size(), flags.to.size());
  }
  if (flags.seconds > 0 && flags.from.size() > 1) {
    return fail_usage("--seconds is for one passage; omit it, or give one --from and --to");
  }
  std::vector<Passage> passages;
  for (std::size_t i = 0; i < flags.from.size(); ++i) {
    if (!(flags.from[i] < flags.to[i])) {
      return fail_usage("--from {} --to {}: the passage must end after it begins", flags.from[i],
                        flags.to[i]);
    }
    const auto from_us = std::llround(flags.from[i] * 1e6), to_us = std::llround(flags.to[i] * 1e6);
    const auto length_us = flags.seconds > 0 ? std::llround(flags.seconds * 1e6) : to_us - from_us;
    passages.push_back({from_us, to_us, length_us});
  }
  std::ranges::sort(passages, {}, &Passage::from_us);
  for (std::size_t i = 1; i < passages.size(); ++i) {
    if (passages[i].from_us < passages[i - 1].to_us) {
      return fail_usage("the passages from {} s and from {} s overlap",
                        static_cast<double>(passages[i - 1].from_us) / 1e6,
                        static_cast<double>(passages[i].from_us) / 1e6);
    }
  }
  return passages;
}

// Read once for all alternatives.
struct Piece {
  MappedFile file;
  std::vector<PlainNote> notes = {};
  std::array<bool, 16> channels{};  // of the notes
  std::vector<Passage> passages = {};
};

Expected<Piece> read_piece(const InfillFlags& flags, std::vector<Passage> passages) {
  const auto& input = flags.common.input;
  PNO_TRY(const auto smf, read_music(input, {.programs = flags.common.programs}));
  PNO_TRY(auto file, MappedFile::open(input));
  Piece piece{.file = std::move(file), .passages = std::move(passages)};
  piece.notes = events::plain_notes(smf.performance);
  for (const auto& note : smf.performance.notes) piece.channels.at(note.channel) = true;
  const auto length_us = smf.performance.length_us();
  if (piece.passages.back().from_us > length_us) {
    return fail("{}: is {:.1f} s long, so it has no passage from {} s on; give another --from",
                input.string(), static_cast<double>(length_us) / 1e6,
                static_cast<double>(piece.passages.back().from_us) / 1e6);
  }
  return piece;
}

// Fills all passages. Returns the new notes.
Expected<std::vector<PlainNote>> fill(const RoleMusicRequest& request, const Piece& piece,
                                      int index, RoleMusicTotals& totals) {
  auto options = request.options;
  options.stream = static_cast<std::uint64_t>(index);
  auto notes = piece.notes;
  std::vector<PlainNote> added;
  ProgressLine line("infill", "steps");
  const auto progress = [&](std::int64_t done, std::int64_t total) { line.update(done, total); };
  for (const auto& passage : piece.passages) {
    PNO_TRY_VOID(infer::apply_changes(static_cast<double>(passage.from_us) / 1e6, options.changes,
                                      options.wishes));
    std::vector<PlainNote> stays, leaves;
    for (const auto& note : notes) (passage.holds(note.start_us) ? leaves : stays).push_back(note);
    PNO_TRY(const auto music, infer::fill_gap(request.engine,
                                              {.stays = stays,
                                               .leaves = leaves,
                                               .from_us = passage.from_us,
                                               .to_us = passage.to_us,
                                               .length_us = passage.length_us},
                                              options, progress));
    totals.add(music);
    if (music.too_dense) {
      warn(
          fmt::format("the model hardly advanced in time from {} s on: stopped after {} events; "
                      "try another --temperature",
                      static_cast<double>(passage.from_us) / 1e6, music.drawn_tokens));
    }
    added.insert(added.end(), music.notes.begin(), music.notes.end());
    // The next passage knows what was played in this one.
    notes = std::move(stays);
    notes.insert(notes.end(), music.notes.begin(), music.notes.end());
    std::ranges::stable_sort(
        notes, {}, [](const PlainNote& note) { return std::pair(note.start_us, note.pitch); });
  }
  return added;
}

Expected<Answer> infill(const InfillFlags& flags) {
  PNO_TRY(auto passages, passages_of(flags));
  PNO_TRY(const auto request, open_role_music(flags.common, "fill gaps"));
  PNO_TRY(const auto piece, read_piece(flags, std::move(passages)));
  midi::SmfEdit edit;
  edit.leaves = [&](const midi::FileNote& note) {
    return piece.channels.at(note.channel) &&
           std::ranges::any_of(piece.passages, [&](const Passage& passage) {
             return passage.holds(note.start_us);
           });
  };
  edit.begins_us = piece.passages.front().from_us;
  for (const auto& passage : piece.passages) {
    if (flags.seconds > 0) {
      edit.stretches.push_back({passage.from_us, passage.to_us, passage.length_us});
    }
  }
  RoleMusicTotals totals;
  for (int i = 0; i < flags.common.count; ++i) {
    const auto name = numbered(flags.common.output, i, flags.common.count);
    PNO_TRY(auto file, ReplacingFile::create(name));
    PNO_TRY(const auto notes, fill(request, piece, i, totals));
    edit.added = added_music(flags.common, request, notes, i);
    PNO_TRY_VOID(write_edited(flags.common, piece.file.bytes(), edit, file));
    double seconds = 0;
    for (const auto& passage : piece.passages) {
      seconds += static_cast<double>(passage.length_us) / 1e6;
    }
    totals.add_file(name, seconds);
  }
  return totals.answer(request.options.seed);
}

}  // namespace

void add_infill(Program& program) {
  auto flags = std::make_shared<InfillFlags>();
  CLI::App& app = program.add(
      {.name = "infill",
       .summary = "Replace a passage of a performance, knowing what surrounds it",
       .example = "  pno infill run/model.safetensors a.mid --from 20 --to 24 -o b.mid\n"
                  "  pno infill run/model.safetensors a.mid --from 20 --to 24 --from "
                  "60 --to 70 --count 3 -o b.mid\n"
                  "  pno infill run/model.safetensors a.mid --from 20 --to 24 "
                  "--seconds 8 --density 12 -o b.mid",
       .run = [flags] { return infill(*flags); }});
  auto& common = flags->common;
  add_argument(app, "MODEL", common.model, "Model file, trained with roles");
  add_argument(app, "MIDI", common.input, "MIDI file with the performance");
  add_output(app, common.output,
             "MIDI file to write: the performance without the notes that begin in the passage, and "
             "a track of new ones");
  const auto add_times = [&](const char* flag, std::vector<double>& times, const char* help) {
    app.add_option(flag, times, help)
        ->required()
        ->type_name("SECONDS")
        ->allow_extra_args(false)
        ->check(CLI::Range(0.0, 1e6).description(""));
  };
  add_times("--from", flags->from, "Second at which the passage begins; once for each passage");
  add_times("--to", flags->to, "Second at which it ends");
  add_number(app, "--seconds", flags->seconds,
             "Seconds of new music; what follows moves. 0: as long as the passage");
  add_role_music_flags(app, common);
}

}  // namespace pno::cli
