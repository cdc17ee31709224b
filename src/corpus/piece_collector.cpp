#include "corpus/piece_collector.h"

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

void add_clause(std::string& text, std::string_view clause) {
  if (!text.empty()) text += "; ";
  text += clause;
}

}  // namespace

PieceCollector::PieceCollector(const PrepareOptions& options, const Sources& sources,
                               const Dataset* existing)
    : options_(options), sources_(sources), existing_(existing) {
  if (existing_ != nullptr) copy_existing();
  report_.files.reserve(sources.files.size() + sources.remarks.size());
}

void PieceCollector::copy_existing() {
  std::vector<events::PlainNote> notes;
  for (std::size_t piece = 0; piece < existing_->pieces(); ++piece) {
    existing_->gather(piece, 0, existing_->notes_of(piece), notes);
    builder_.add(notes);
    piece_of_hash_.emplace(hash_number(existing_->info(piece).hash), piece);
  }
  report_.kept_pieces = static_cast<std::int64_t>(existing_->pieces());
}

const TableRow* PieceCollector::row_of(int row) const {
  return row == kNone ? nullptr : &sources_.rows[static_cast<std::size_t>(row)];
}

std::string PieceCollector::source_of(std::size_t piece) const {
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  if (piece < kept) return existing_->info(piece).source;
  return printable_text(sources_.files[taken_[piece - kept].file].location.name);
}

void PieceCollector::skip(std::size_t file, const std::string& reason) {
  report_.files.push_back({.file = printable_text(sources_.files[file].location.name),
                           .taken = false,
                           .reason = printable_text(reason)});
}

// What a table says of the copy holds for the one that was kept.
void PieceCollector::learn_from_double(Taken& first, const SourceFile& file) {
  const TableRow* row = row_of(file.row);
  if (row == nullptr) return;
  if (first.row == kNone) first.row = file.row;
  if (row->split) first.listed = std::max(first.listed.value_or(*row->split), *row->split);
}

void PieceCollector::take(std::size_t file, Intake&& intake) {
  report_.bytes += intake.bytes;
  if (intake.notes.empty()) return skip(file, intake.reason);
  const SourceFile& source = sources_.files[file];
  const std::uint64_t hash = hash_number(intake.hash);
  const auto [known, is_new] = piece_of_hash_.emplace(hash, builder_.pieces());
  if (!is_new) {
    any_double_ = true;
    const auto kept = static_cast<std::size_t>(report_.kept_pieces);
    if (known->second >= kept) learn_from_double(taken_[known->second - kept], source);
    return skip(file, fmt::format("is the same performance as {}", source_of(known->second)));
  }

  Taken taken{.hash = hash, .file = file, .row = source.row, .listed = {}, .split = {}};
  if (const TableRow* row = row_of(source.row)) taken.listed = row->split;
  taken_.push_back(taken);
  builder_.add(intake.notes);
  report_.notes += static_cast<std::int64_t>(intake.notes.size());
  report_.hours += hours_of(intake.notes);
  report_.tokens += intake.tokens;

  std::string remark = std::move(intake.reason);
  if (source.unlisted_in != kNone) {
    const auto& table = sources_.tables[static_cast<std::size_t>(source.unlisted_in)];
    add_clause(remark, fmt::format("is not listed in {}, so that its split is by content", table));
  }
  report_.files.push_back({.file = printable_text(source.location.name),
                           .taken = true,
                           .reason = printable_text(remark)});
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
    ++report_.split_pieces[static_cast<std::size_t>(taken_[i].split)];
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
  choose_splits_of_all();
  report_.pieces = static_cast<std::int64_t>(taken_.size());
  const auto kept = static_cast<std::size_t>(report_.kept_pieces);
  return builder_.write(options_.output, [&](std::size_t piece) {
    return piece < kept ? existing_->info(piece) : info_of(taken_[piece - kept]);
  });
}

PrepareReport PieceCollector::report() && {
  for (const auto& remark : sources_.remarks) {
    report_.files.push_back({.file = printable_text(remark.name),
                             .taken = false,
                             .reason = printable_text(remark.reason)});
  }
  std::stable_sort(report_.files.begin(), report_.files.end(),
                   [](const FileReport& a, const FileReport& b) { return a.file < b.file; });
  return std::move(report_);
}

}  // namespace pno::corpus
