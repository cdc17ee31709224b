#include "corpus/prepare/piece_collector.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <charconv>

#include "base/printable_text.h"

namespace pno::corpus {
namespace {

std::uint64_t hash_number(std::string_view hex) {
  std::uint64_t number = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return number;
}

// The C library keeps what was freed: after a large zip, hundreds of megabytes.
void give_back_freed_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void add_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

}  // namespace

PieceCollector::PieceCollector(const PrepareOptions& options, const Sources& sources,
                               const Dataset* existing)
    : options_(options), sources_(sources), existing_(existing), builder_(options.output) {}

Expected<void> PieceCollector::take_existing() {
  if (existing_ == nullptr) return {};
  std::vector<events::PlainNote> notes;
  for (std::size_t piece = 0; piece < existing_->pieces(); ++piece) {
    const auto rows = existing_->rows_of(piece);
    notes.clear();
    for (std::size_t i = 0; i < rows.pitch.size(); ++i) notes.push_back(rows.note(i));
    PNO_TRY_VOID(builder_.add(notes));
    piece_of_hash_.emplace(hash_number(existing_->info(piece).hash), piece);
  }
  report_.kept_pieces = static_cast<std::int64_t>(existing_->pieces());
  return {};
}

const TableRow* PieceCollector::row_of(int row) const {
  return row == kNone ? nullptr : &sources_.rows[static_cast<std::size_t>(row)];
}

std::string PieceCollector::source_of(std::size_t piece) const {
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  if (piece < kept) return existing_->info(piece).source;
  return printable_text(sources_.files[taken_[piece - kept].file].location.name);
}

bool PieceCollector::is_of_same_table(std::size_t known, const SourceFile& file) const {
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  if (known < kept || file.table == kNone) return false;
  return sources_.files[taken_[known - kept].file].table == file.table;
}

// A table's row for the copy holds for the piece that was kept, unless a table speaks of that
// one too.
void PieceCollector::skip_double(std::size_t known, std::size_t file) {
  any_double_ = true;
  std::string reason = fmt::format("is the same performance as {}", source_of(known));
  const int row_number = sources_.files[file].row;
  const TableRow* row = row_of(row_number);
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  if (row != nullptr && known >= kept) {
    Taken& first = taken_[known - kept];
    if (first.row == kNone) first.row = row_number;
    if (!first.listed) first.listed = row->split;
    if (row->split && row->split != first.listed) {
      reason += fmt::format(", which is listed for {}; this one is listed for {}",
                            enum_name(*first.listed), enum_name(*row->split));
    }
  }
  skip(file, std::move(reason));
}

Expected<void> PieceCollector::take(std::size_t file, Intake&& intake) {
  report_.bytes += intake.bytes;
  if (intake.notes.empty()) {
    skip(file, std::move(intake.reason));
    return {};
  }
  const SourceFile& source = sources_.files[file];
  std::string remark = std::move(intake.reason);
  const std::uint64_t hash = hash_number(intake.hash);
  const auto [known, is_new] = piece_of_hash_.emplace(hash, builder_.pieces());
  if (!is_new) {
    if (!is_of_same_table(known->second, source)) {
      skip_double(known->second, file);
      return {};
    }
    ++report_.doubles_kept;
    add_clause(remark, fmt::format("has the same notes as {}; kept, because their table lists both",
                                   source_of(known->second)));
  }

  Taken taken{.hash = hash,
              .file = file,
              .row = source.row,
              .tokens = intake.tokens,
              .pedalled_notes = intake.music.pedalled_notes,
              .parts = std::move(intake.parts),
              .listed = {},
              .split = {}};
  if (const TableRow* row = row_of(source.row)) taken.listed = row->split;
  PNO_TRY_VOID(builder_.add(intake.notes));
  if (!taken.parts.empty()) ++report_.pieces_with_parts;
  taken_.push_back(std::move(taken));
  report_.music.add(intake.music);

  if (source.unlisted_in != kNone) {
    const auto& table = sources_.tables[static_cast<std::size_t>(source.unlisted_in)];
    if (table.is_read) {
      add_clause(remark,
                 fmt::format("is not listed in {}, so that its split is by content", table.name));
    }
  }
  if (!remark.empty()) {
    remarks_.push_back({.file = file, .taken = true, .text = std::move(remark)});
  }
  return {};
}

void PieceCollector::choose_splits_of_all(Groups& same_music) {
  std::vector<SplitQuestion> questions;
  questions.reserve(builder_.pieces());
  if (existing_ != nullptr) {
    for (std::size_t piece = 0; piece < existing_->pieces(); ++piece) {
      const PieceInfo& info = existing_->info(piece);
      questions.push_back({.content = hash_number(info.hash),
                           .key = piece_key(info.composer, info.title),
                           .listed = info.split,
                           .settled = true});
    }
  }
  for (const auto& taken : taken_) {
    const TableRow* row = row_of(taken.row);
    questions.push_back({.content = taken.hash,
                         .key = row == nullptr ? "" : piece_key(row->composer, row->title),
                         .listed = taken.listed,
                         .settled = false});
  }
  auto joined = questions;
  join_keys(joined, same_music);
  const auto splits = choose_splits(joined, options_.split_percent);
  report_conflicts(questions, splits);
  for (std::size_t i = 0; i < taken_.size(); ++i) taken_[i].split = splits[kept_pieces() + i];
}

void PieceCollector::forget_hashes() {
  piece_of_hash_.clear();
  give_back_freed_memory();
}

void PieceCollector::sum_up() {
  report_.pieces = static_cast<std::int64_t>(taken_.size());
  report_.notes = report_.music.notes;
  report_.hours = report_.music.hours();
  for (const auto& taken : taken_) {
    report_.tokens += taken.tokens;
    const auto split = static_cast<std::size_t>(taken.split);
    ++report_.split_pieces[split];
    report_.split_tokens[split] += taken.tokens;
  }
}

void PieceCollector::report_conflicts(std::span<const SplitQuestion> questions,
                                      std::span<const Split> splits) {
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  for (const SplitConflict& conflict : find_conflicts(questions, splits)) {
    const PieceInfo first = conflict.first < kept ? existing_->info(conflict.first)
                                                  : info_of(taken_[conflict.first - kept]);
    report_.split_titles.push_back(
        {.composer = first.composer, .title = first.title, .pieces = conflict.pieces});
  }
}

PieceInfo PieceCollector::info_of(const Taken& taken) const {
  const SourceFile& source = sources_.files[taken.file];
  PieceInfo info{.corpus = printable_text(options_.corpus),
                 .source = printable_text(source.location.name),
                 .licence = printable_text(options_.licence),
                 .hash = fmt::format("{:016x}", taken.hash),
                 .parts = taken.parts,
                 .kind = options_.kind,
                 .split = taken.split};
  if (const TableRow* row = row_of(taken.row)) {
    info.title = printable_text(row->title);
    info.composer = printable_text(row->composer);
    info.performer = printable_text(row->performer);
  }
  if (info.corpus.empty() && source.corpus != kNone) {
    info.corpus = sources_.corpora[static_cast<std::size_t>(source.corpus)];
  }
  if (info.licence.empty() && source.licence != kNone) {
    info.licence = sources_.licences[static_cast<std::size_t>(source.licence)];
  }
  return info;
}

Expected<void> PieceCollector::write() {
  sum_up();
  const std::size_t kept = kept_pieces();
  return builder_.write([&](std::size_t piece) {
    return piece < kept ? existing_->info(piece) : info_of(taken_[piece - kept]);
  });
}

PrepareReport PieceCollector::report() && {
  auto& files = report_.files;
  files.reserve(sources_.files.size() + sources_.remarks.size());
  auto remark = remarks_.begin();
  for (std::size_t i = 0; i < sources_.files.size(); ++i) {
    FileReport file{
        .file = printable_text(sources_.files[i].location.name), .taken = true, .reason = {}};
    if (remark != remarks_.end() && remark->file == i) {
      file.taken = remark->taken;
      file.reason = printable_text(remark->text);
      file.held_out = remark->held_out;
      ++remark;
    }
    files.push_back(std::move(file));
  }
  for (const auto& unread : sources_.remarks) {
    files.push_back({.file = printable_text(unread.name),
                     .taken = false,
                     .reason = printable_text(unread.reason)});
  }
  for (const auto& table : sources_.tables) {
    report_.tables.push_back({.file = printable_text(table.name),
                              .read = table.is_read,
                              .reason = printable_text(table.reason),
                              .split_by_content = table.split_by_content});
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const FileReport& a, const FileReport& b) { return a.file < b.file; });
  return std::move(report_);
}

}  // namespace pno::corpus
