#include "corpus/dataset_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format_names.h"

namespace pno::corpus {
namespace {

// Notes are kept there until the dataset is written.
std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

tl::unexpected<Error> fail_to_keep(const std::filesystem::path& path, const Error& error) {
  return fail("{}: cannot keep the notes beside it until all are there: {}; free some space there",
              path.string(), error.message);
}

// Whether notes up to part `last_part` can be those of a piece that names so many parts.
Expected<void> check_part_names(std::size_t names, std::uint8_t last_part) {
  PNO_TRY_VOID(check_parts(names));
  if (last_part >= std::max<std::size_t>(names, 1)) {
    return fail("has notes of part {}, but names {} parts", last_part, names);
  }
  return {};
}

// A file's values; the map is kept in `maps`.
template <class T>
Expected<std::span<const T>> values_of(const ScratchFile& file, std::vector<MappedFile>& maps) {
  PNO_TRY(auto map, file.map());
  const auto bytes = map.bytes();
  maps.push_back(std::move(map));
  return std::span(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
}

}  // namespace

void DatasetBuilder::Columns::resize(std::size_t size) {
  start_us.resize(size);
  length_us.resize(size);
  pitch.resize(size);
  velocity.resize(size);
  if (!part.empty()) part.resize(size);
}

Expected<DatasetBuilder::Spilled> DatasetBuilder::Spilled::create(
    const std::filesystem::path& folder) {
  PNO_TRY(auto start_us, ScratchFile::create(folder));
  PNO_TRY(auto length_us, ScratchFile::create(folder));
  PNO_TRY(auto pitch, ScratchFile::create(folder));
  PNO_TRY(auto velocity, ScratchFile::create(folder));
  PNO_TRY(auto part, ScratchFile::create(folder));
  return Spilled{std::move(start_us), std::move(length_us), std::move(pitch), std::move(velocity),
                 std::move(part)};
}

Expected<void> DatasetBuilder::Spilled::append(const NoteColumns& notes) {
  PNO_TRY_VOID(start_us.append(std::as_bytes(notes.start_us)));
  PNO_TRY_VOID(length_us.append(std::as_bytes(notes.length_us)));
  PNO_TRY_VOID(pitch.append(std::as_bytes(notes.pitch)));
  PNO_TRY_VOID(velocity.append(std::as_bytes(notes.velocity)));
  if (!notes.part.empty()) {
    const std::array<std::byte, 4096> zeros{};
    for (; part_rows < rows; part_rows += std::min(rows - part_rows, zeros.size())) {
      PNO_TRY_VOID(part.append(std::span(zeros).first(std::min(rows - part_rows, zeros.size()))));
    }
    PNO_TRY_VOID(part.append(std::as_bytes(notes.part)));
    part_rows += notes.part.size();
  }
  rows += notes.pitch.size();
  return {};
}

Expected<NoteColumns> DatasetBuilder::Spilled::view(std::vector<MappedFile>& maps) const {
  NoteColumns notes;
  PNO_TRY(notes.start_us, values_of<std::int64_t>(start_us, maps));
  PNO_TRY(notes.length_us, values_of<std::uint32_t>(length_us, maps));
  PNO_TRY(notes.pitch, values_of<std::uint8_t>(pitch, maps));
  PNO_TRY(notes.velocity, values_of<std::uint8_t>(velocity, maps));
  if (part_rows > 0) {
    PNO_TRY(notes.part, values_of<std::uint8_t>(part, maps));
  }
  return notes;
}

DatasetBuilder::DatasetBuilder(std::filesystem::path path, std::size_t notes_in_memory)
    : path_(std::move(path)), notes_in_memory_(notes_in_memory) {}

Expected<void> DatasetBuilder::add(std::span<const events::PlainNote> notes) {
  const std::size_t first = notes_.size();
  std::uint8_t last_part = 0;
  for (const auto& note : notes) {
    notes_.start_us.push_back(note.start_us);
    notes_.length_us.push_back(note.length_us);
    notes_.pitch.push_back(note.pitch);
    notes_.velocity.push_back(note.velocity);
    last_part = std::max(last_part, note.part);
  }
  if (last_part > 0 || any_parts_) {
    notes_.part.resize(first);
    for (const auto& note : notes) notes_.part.push_back(note.part);
  }
  if (auto checked = check_notes(notes_.view().piece(static_cast<std::int64_t>(first),
                                                     static_cast<std::int64_t>(notes_.size())),
                                 kMaxParts);
      !checked) {
    notes_.resize(first);
    if (!any_parts_) notes_.part.clear();
    return checked;
  }
  any_parts_ |= last_part > 0;
  last_part_.push_back(last_part);
  piece_first_.push_back(piece_first_.back() + static_cast<std::int64_t>(notes.size()));
  if (notes_.size() <= notes_in_memory_) return {};
  if (const auto spilled = spill(); !spilled) return fail_to_keep(path_, spilled.error());
  return {};
}

Expected<void> DatasetBuilder::spill() {
  if (!spilled_) {
    PNO_TRY(spilled_, Spilled::create(folder_of(path_)));
  }
  PNO_TRY_VOID(spilled_->append(notes_.view()));
  notes_.resize(0);
  return {};
}

Expected<DatasetBuilder::AllRows> DatasetBuilder::all_rows() {
  AllRows all{.rows = notes_.view(), .maps = {}};
  if (!spilled_) return all;
  auto spilled = spill().and_then([&] { return spilled_->view(all.maps); });
  if (!spilled) return fail_to_keep(path_, spilled.error());
  all.rows = *spilled;
  return all;
}

Expected<void> DatasetBuilder::keep_rows(const std::vector<bool>& stays) {
  PNO_TRY(const auto all, all_rows());
  std::optional<Spilled> on_disk;
  if (spilled_) {
    PNO_TRY(on_disk, Spilled::create(folder_of(path_)));
  }
  Columns in_memory;
  const auto append = [](auto& column, const auto& rows) {
    column.insert(column.end(), rows.begin(), rows.end());
  };
  for (std::size_t piece = 0; piece < stays.size(); ++piece) {
    if (!stays[piece]) continue;
    const auto rows = rows_of(all, piece);
    if (on_disk) {
      PNO_TRY_VOID(on_disk->append(rows));
      continue;
    }
    append(in_memory.start_us, rows.start_us);
    append(in_memory.length_us, rows.length_us);
    append(in_memory.pitch, rows.pitch);
    append(in_memory.velocity, rows.velocity);
    append(in_memory.part, rows.part);
  }
  notes_ = std::move(in_memory);
  if (on_disk) spilled_ = std::move(on_disk);
  return {};
}

Expected<void> DatasetBuilder::keep_only(const std::vector<bool>& stays) {
  PNO_CHECK(stays.size() == pieces(), "a choice of other pieces");
  if (auto kept = keep_rows(stays); !kept) return fail_to_keep(path_, kept.error());
  std::vector<std::int64_t> piece_first = {0};
  std::vector<std::uint8_t> last_part;
  for (std::size_t piece = 0; piece < stays.size(); ++piece) {
    if (!stays[piece]) continue;
    piece_first.push_back(piece_first.back() + piece_first_[piece + 1] - piece_first_[piece]);
    last_part.push_back(last_part_[piece]);
  }
  piece_first_ = std::move(piece_first);
  last_part_ = std::move(last_part);
  any_parts_ = std::ranges::any_of(last_part_, [](std::uint8_t part) { return part > 0; });
  if (!any_parts_) notes_.part.clear();
  return {};
}

Expected<void> DatasetBuilder::write(const std::function<PieceInfo(std::size_t)>& info) {
  if (pieces() == 0) return fail("{}: has no pieces to write", path_.string());
  TextFields metadata = {{"format", std::string(kDatasetFormat)},
                         {"version", std::string(kDatasetVersion)}};
  std::string& list = metadata["pieces"];
  for (std::size_t i = 0; i < pieces(); ++i) {
    const PieceInfo piece = info(i);
    if (auto checked = check_hash(piece.hash); !checked) {
      return fail("{}: {} cannot be stored: it {}", path_.string(), piece.source,
                  checked.error().message);
    }
    if (auto checked = check_part_names(piece.parts.size(), last_part_[i]); !checked) {
      return fail("{}: {} cannot be stored: it {}", path_.string(), piece.source,
                  checked.error().message);
    }
    list += i == 0 ? '[' : ',';
    list += piece_to_json(piece);
  }
  list += ']';

  PNO_TRY(const auto found, all_rows());
  const NoteColumns& all = found.rows;
  if (spilled_) notes_ = {};  // and its memory
  const std::int64_t notes = piece_first_.back();
  const auto edges = static_cast<std::int64_t>(piece_first_.size());
  std::vector<Tensor> tensors = {
      Tensor::of<std::int64_t>("start_us", {notes}, all.start_us),
      Tensor::of<std::int64_t>("piece_first", {edges}, piece_first_),
      Tensor::of<std::uint32_t>("length_us", {notes}, all.length_us),
      Tensor::of<std::uint8_t>("pitch", {notes}, all.pitch),
      Tensor::of<std::uint8_t>("velocity", {notes}, all.velocity),
  };
  if (any_parts_) tensors.push_back(Tensor::of<std::uint8_t>("part", {notes}, all.part));
  return write_safetensors(path_, tensors, metadata);
}

}  // namespace pno::corpus
