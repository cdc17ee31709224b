#include "corpus/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/format_names.h"
#include "base/other_kind.h"
#include "corpus/dataset_format.h"
#include "corpus/parts.h"

namespace pno::corpus {
namespace {

Expected<void> check_format(const TextFields& metadata, std::string_view name) {
  const auto field = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
  const auto format = field("format");
  if (format == kModelFormat) {
    return fail("{}: is a model where a dataset was expected; 'pno prepare' makes datasets", name);
  }
  if (format != kDatasetFormat) {
    return fail("{}: is a safetensors file, but no dataset of pno; 'pno prepare' makes them", name);
  }
  const auto version = field("version");
  if (version != kDatasetVersion && version != kOldDatasetVersion) {
    return fail(
        "{}: is a dataset of version '{}' where version {} or {} was expected; use a newer pno, "
        "or prepare it again",
        name, version, kOldDatasetVersion, kDatasetVersion);
  }
  return {};
}

}  // namespace

Expected<Dataset> Dataset::open(const std::filesystem::path& path) {
  auto file = SafetensorsFile::open(path);
  if (!file) return tl::unexpected(explained(std::move(file.error()), path, Wanted::dataset));
  return of(std::move(*file), path.string());
}

Expected<Dataset> Dataset::parse(std::span<const std::byte> bytes, std::string_view name) {
  PNO_TRY(auto file, SafetensorsFile::parse(bytes, name));
  return of(std::move(file), name);
}

Expected<Dataset> Dataset::of(SafetensorsFile file, std::string_view name) {
  PNO_TRY_VOID(check_format(file.metadata(), name));
  Dataset dataset(std::move(file), name);
  PNO_TRY_VOID(dataset.read_columns());
  PNO_TRY_VOID(dataset.check_pieces());
  return dataset;
}

Expected<void> Dataset::read_columns() {
  const auto pieces = file_.metadata().find("pieces");
  if (pieces == file_.metadata().end()) return fail("{}: its list of pieces is missing", name_);
  auto infos = pieces_from_json(pieces->second);
  if (!infos) return fail("{}: its list of pieces: {}", name_, infos.error().message);
  infos_ = std::move(*infos);
  if (infos_.empty()) return fail("{}: holds no pieces; prepare it again", name_);

  const std::int64_t any_length[] = {-1};
  const std::int64_t piece_edges[] = {static_cast<std::int64_t>(infos_.size()) + 1};
  PNO_TRY(const auto start, file_.require("start_us", DType::i64, any_length));
  PNO_TRY(const auto piece_first, file_.require("piece_first", DType::i64, piece_edges));
  PNO_TRY(const auto length, file_.require("length_us", DType::u32, start.shape));
  PNO_TRY(const auto pitch, file_.require("pitch", DType::u8, start.shape));
  PNO_TRY(const auto velocity, file_.require("velocity", DType::u8, start.shape));
  piece_first_ = piece_first.as<std::int64_t>();
  all_ = {.start_us = start.as<std::int64_t>(),
          .length_us = length.as<std::uint32_t>(),
          .pitch = pitch.as<std::uint8_t>(),
          .velocity = velocity.as<std::uint8_t>(),
          .part = {}};
  if (file_.find("part") != nullptr) {
    PNO_TRY(const auto part, file_.require("part", DType::u8, start.shape));
    all_.part = part.as<std::uint8_t>();
  }
  return {};
}

Expected<void> Dataset::check_pieces() {
  if (piece_first_.front() != 0 || piece_first_.back() != rows() ||
      !std::is_sorted(piece_first_.begin(), piece_first_.end())) {
    return fail("{}: piece_first does not rise from 0 to the {} notes there are", name_, rows());
  }
  pitch_ranges_.reserve(pieces());
  for (std::size_t i = 0; i < pieces(); ++i) {
    const auto piece = rows_of(i);
    if (auto checked = check_notes(piece, infos_[i].parts.size()); !checked) {
      return fail("{}: piece {} ({}): {}", name_, i, infos_[i].source, checked.error().message);
    }
    std::uint8_t lowest = 127, highest = 0;  // not minmax_element: this loop becomes SIMD
    for (const std::uint8_t pitch : piece.pitch) {
      lowest = std::min(lowest, pitch);
      highest = std::max(highest, pitch);
    }
    pitch_ranges_.emplace_back(lowest, highest);
    splits_[static_cast<std::size_t>(infos_[i].split)].push_back(i);
    if (!has_parts(i)) continue;
    for (std::size_t row = 1; row < piece.pitch.size(); ++row) {
      if (strikes_with_row_before(piece, row)) {
        joined_.add(piece_first_[i] + static_cast<std::int64_t>(row));
      }
    }
  }
  return {};
}

std::int64_t Dataset::notes_of(std::size_t piece) const {
  const std::int64_t first = piece_first_[piece], end = piece_first_[piece + 1];
  return has_parts(piece) ? joined_.notes_before(end) - joined_.notes_before(first) : end - first;
}

void Dataset::gather(std::size_t piece, std::int64_t first, std::int64_t count,
                     std::vector<events::PlainNote>& into) const {
  PNO_CHECK(piece < pieces() && first >= 0 && count >= 0 && first + count <= notes_of(piece),
            "notes gathered from beyond their piece");
  const std::int64_t start_row = piece_first_[piece];
  if (has_parts(piece)) {
    const std::int64_t row = joined_.row_of(joined_.notes_before(start_row) + first);
    return merge_parts(rows_of(piece), static_cast<std::size_t>(row - start_row),
                       static_cast<std::size_t>(count), into);
  }
  into.resize(static_cast<std::size_t>(count));
  const auto offset = static_cast<std::size_t>(start_row + first);
  for (std::size_t i = 0; i < into.size(); ++i) {
    const std::size_t note = offset + i;
    into[i] = {all_.start_us[note], all_.length_us[note], all_.pitch[note], all_.velocity[note]};
  }
}

std::vector<events::PlainNote> Dataset::music(std::size_t piece) const {
  std::vector<events::PlainNote> notes;
  gather(piece, 0, notes_of(piece), notes);
  return notes;
}

std::string Dataset::licences() const {
  std::set<std::string_view> distinct;
  for (const auto& info : infos_) {
    if (!info.licence.empty()) distinct.insert(info.licence);
  }
  return fmt::format("{}", fmt::join(distinct, "; "));
}

}  // namespace pno::corpus
