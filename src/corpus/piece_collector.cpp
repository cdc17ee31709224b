#include "corpus/piece_collector.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <charconv>

#include "corpus/printable_text.h"

namespace pno::corpus {
namespace {

constexpr double kMicrosecondsPerHour = 3.6e9;

std::uint64_t hash_number(std::string_view hex) {
  std::uint64_t number = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  return number;
}

double hours_of(std::span<const events::PlainNote> notes) {
  std::int64_t end_us = 0;
  for (const auto& note : notes) end_us = std::max(end_us, note.start_us + note.length_us);
  return static_cast<double>(end_us) / kMicrosecondsPerHour;
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
    existing_->gather(piece, 0, existing_->notes_of(piece), notes);
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

// A table that lists the copy speaks for the one that was kept, too.
void PieceCollector::learn_from_double(Taken& first, const SourceFile& file) {
  const TableRow* row = row_of(file.row);
  if (row == nullptr) return;
  if (first.row == kNone) first.row = file.row;
  if (row->split) first.listed = std::max(first.listed.value_or(*row->split), *row->split);
}

Expected<void> PieceCollector::take(std::size_t file, Intake&& intake) {
  report_.bytes += intake.bytes;
  if (intake.notes.empty()) {
    skip(file, std::move(intake.reason));
    return {};
  }
  const SourceFile& source = sources_.files[file];
  const std::uint64_t hash = hash_number(intake.hash);
  const auto [known, is_new] = piece_of_hash_.emplace(hash, builder_.pieces());
  if (!is_new) {
    any_double_ = true;
    const auto kept = static_cast<std::size_t>(report_.kept_pieces);
    if (known->second >= kept) learn_from_double(taken_[known->second - kept], source);
    skip(file, fmt::format("is the same performance as {}", source_of(known->second)));
    return {};
  }

  Taken taken{.hash = hash,
              .file = file,
              .row = source.row,
              .tokens = intake.tokens,
              .listed = {},
              .split = {}};
  if (const TableRow* row = row_of(source.row)) taken.listed = row->split;
  PNO_TRY_VOID(builder_.add(intake.notes));
  taken_.push_back(taken);
  report_.notes += static_cast<std::int64_t>(intake.notes.size());
  report_.hours += hours_of(intake.notes);
  report_.tokens += intake.tokens;

  std::string remark = std::move(intake.reason);
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

void PieceCollector::choose_splits_of_all() {
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
  const auto splits = choose_splits(questions, options_.split_percent);
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    taken_[i].split = splits[kept + i];
    const auto split = static_cast<std::size_t>(taken_[i].split);
    ++report_.split_pieces[split];
    report_.split_tokens[split] += taken_[i].tokens;
  }
}

PieceInfo PieceCollector::info_of(const Taken& taken) const {
  const SourceFile& source = sources_.files[taken.file];
  PieceInfo info{.title = {},
                 .composer = {},
                 .source = printable_text(source.location.name),
                 .licence = printable_text(options_.licence),
                 .hash = fmt::format("{:016x}", taken.hash),
                 .split = taken.split};
  if (const TableRow* row = row_of(taken.row)) {
    info.title = printable_text(row->title);
    info.composer = printable_text(row->composer);
  }
  if (info.licence.empty() && source.licence != kNone) {
    info.licence = sources_.licences[static_cast<std::size_t>(source.licence)];
  }
  return info;
}

Expected<void> PieceCollector::write() {
  piece_of_hash_.clear();
  give_back_freed_memory();
  choose_splits_of_all();
  report_.pieces = static_cast<std::int64_t>(taken_.size());
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
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
