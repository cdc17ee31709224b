// The part of PieceCollector that compares the pieces with each other and with what is held out.

#include <algorithm>

#include "base/printable_text.h"
#include "corpus/matching/seen_music.h"
#include "corpus/parts.h"
#include "corpus/prepare/piece_collector.h"

namespace pno::corpus {
namespace {

// The pieces that a model trained on anything else is to be evaluated on.
MusicList held_music(const Dataset& dataset) {
  MusicList held = music_of(dataset, Split::validation);
  const MusicList test = music_of(dataset, Split::test);
  held.insert(held.end(), test.begin(), test.end());
  return held.empty() ? music_of(dataset) : held;
}

}  // namespace

// Copies that all stay are told of, too.
std::map<std::size_t, PieceCollector::Remark> PieceCollector::leave_out_copies(
    std::span<const MusicMatch> copies) {
  std::vector<CopyChoice> choices;
  for (std::size_t piece = 0; piece < kept_pieces(); ++piece) {
    choices.push_back({.is_settled = true, .split = existing_->info(piece).split});
  }
  for (const auto& taken : taken_) {
    const SourceFile& file = sources_.files[taken.file];
    choices.push_back({.split = taken.split,
                       .table = file.table,
                       .source = static_cast<std::size_t>(file.source)});
  }
  std::map<std::size_t, Remark> remarks;  // by the piece
  if (!options_.keep_duplicates) {
    for (const auto& left : choose_copies(choices, copies)) {
      remarks[left.piece] = {
          .file = taken_[left.piece - kept_pieces()].file,
          .taken = false,
          .text = fmt::format("is a copy of the recording {}; --keep-duplicates keeps both",
                              source_of(left.kept)),
          .held_out = false};
    }
    report_.copies_left_out = static_cast<std::int64_t>(remarks.size());
  }
  for (const auto& copy : copies) {
    const std::size_t piece = std::max(copy.a, copy.b), other = std::min(copy.a, copy.b);
    if (is_existing(piece) || remarks.contains(piece) || remarks.contains(other)) continue;
    // Of pieces with the same notes take() has told.
    if (!is_existing(other) && hash_of(piece) == hash_of(other)) continue;
    remarks[piece] = {
        .file = taken_[piece - kept_pieces()].file,
        .taken = true,
        .text = fmt::format("is a copy of the recording {}; both are kept", source_of(other)),
        .held_out = false};
  }
  return remarks;
}

Expected<std::map<std::size_t, PieceCollector::Remark>> PieceCollector::leave_out_held(
    const MusicList& music, std::span<const Dataset> hold_out) {
  MusicList training;
  for (const auto& piece : music) {
    if (is_existing(piece.number)) continue;
    if (taken_[piece.number - kept_pieces()].split == Split::train) training.push_back(piece);
  }
  std::map<std::size_t, HeldOut> held;  // by the piece: its closest match
  for (const auto& dataset : hold_out) {
    const auto take = [&](const MusicMatch& match) {
      HeldOut& piece = held[match.a];
      if (piece.share >= match.share) return;
      const PieceInfo& info = dataset.info(match.b);
      piece.match = piece_name(info);
      piece.match_file = info.source;
      piece.match_in = dataset.name();
      piece.share = match.share;
    };
    PNO_TRY_VOID(
        find_overlap(training, held_music(dataset), {.threads = options_.threads}, take, nullptr));
  }
  std::map<std::size_t, Remark> remarks;
  for (auto& [number, piece] : held) {
    const Taken& taken = taken_[number - kept_pieces()];
    const PieceInfo info = info_of(taken);
    piece.file = info.source;
    piece.title = info.title;
    piece.composer = info.composer;
    remarks[number] = {.file = taken.file,
                       .taken = false,
                       .text = fmt::format("is the same music as {} of {} (share {:.2f}), which is "
                                           "held out",
                                           piece.match, piece.match_in, piece.share),
                       .held_out = true};
    report_.held_out.push_back(std::move(piece));
  }
  return remarks;
}

// The report counts the music of the pieces that stay.
Expected<void> PieceCollector::take_out_of_sums(const std::vector<bool>& stays) {
  PNO_TRY(const auto all, builder_.all_rows());
  std::vector<events::PlainNote> notes;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (stays[kept_pieces() + i]) continue;
    const auto rows = builder_.rows_of(all, kept_pieces() + i);
    notes.clear();
    for (std::size_t row = 0; row < rows.pitch.size(); ++row) notes.push_back(rows.note(row));
    MusicSums sums;
    sums.add(taken_[i].parts.empty() ? notes : merge_parts(notes));
    sums.pedalled_notes = taken_[i].pedalled_notes;
    report_.music.subtract(sums);
    if (!taken_[i].parts.empty()) --report_.pieces_with_parts;
  }
  return {};
}

Expected<void> PieceCollector::choose(std::span<const Dataset> hold_out) {
  forget_hashes();
  std::map<std::size_t, Remark> remarks;  // by the piece
  {
    PNO_TRY(const auto all, builder_.all_rows());
    MusicList music;
    music.reserve(builder_.pieces());
    for (std::size_t piece = 0; piece < builder_.pieces(); ++piece) {
      const auto rows = builder_.rows_of(all, piece);
      music.push_back({piece, {rows.start_us, rows.pitch}});
    }
    PNO_TRY(auto links, link_music(music, options_.threads));
    choose_splits_of_all(links.same_music);
    remarks = leave_out_copies(links.copies);
    std::erase_if(music, [&](const MusicPiece& piece) {
      const auto remark = remarks.find(piece.number);
      return remark != remarks.end() && !remark->second.taken;
    });
    PNO_TRY(auto held, leave_out_held(music, hold_out));
    for (auto& [piece, remark] : held) remarks.insert_or_assign(piece, std::move(remark));
  }

  std::vector<bool> stays(builder_.pieces(), true);
  std::map<std::size_t, Remark> remarks_of_files;
  for (auto& remark : remarks_) remarks_of_files.emplace(remark.file, std::move(remark));
  for (auto& [piece, remark] : remarks) {
    stays[piece] = remark.taken;
    const auto [known, is_new] = remarks_of_files.try_emplace(remark.file, remark);
    if (is_new) continue;
    if (remark.taken) {
      known->second.text += "; " + remark.text;
    } else {
      known->second = remark;
    }
  }
  remarks_.clear();
  for (auto& [file, remark] : remarks_of_files) remarks_.push_back(std::move(remark));
  if (std::ranges::find(stays, false) == stays.end()) return {};
  PNO_TRY_VOID(take_out_of_sums(stays));
  PNO_TRY_VOID(builder_.keep_only(stays));
  std::vector<Taken> taken;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    if (stays[kept_pieces() + i]) taken.push_back(std::move(taken_[i]));
  }
  taken_ = std::move(taken);
  if (builder_.pieces() == 0) {
    return fail("{}: nothing is left to write: all {} pieces match music that is held out",
                options_.output.string(), stays.size());
  }
  return {};
}

}  // namespace pno::corpus
