#include <vector>

#include "corpus/dataset.h"
#include "corpus/dataset_format.h"

namespace pno::corpus {

Expected<void> write_dataset(const std::filesystem::path& path, std::span<const Piece> pieces) {
  if (pieces.empty()) return fail("{}: there are no pieces to write", path.string());
  std::size_t count = 0;
  for (const auto& piece : pieces) count += piece.notes.size();
  std::vector<std::int64_t> start_us, piece_first = {0};
  std::vector<std::uint32_t> length_us;
  std::vector<std::uint8_t> pitch, velocity;
  start_us.reserve(count);
  length_us.reserve(count);
  pitch.reserve(count);
  velocity.reserve(count);
  piece_first.reserve(pieces.size() + 1);
  for (const auto& piece : pieces) {
    for (const auto& note : piece.notes) {
      start_us.push_back(note.start_us);
      length_us.push_back(note.length_us);
      pitch.push_back(note.pitch);
      velocity.push_back(note.velocity);
    }
    piece_first.push_back(static_cast<std::int64_t>(pitch.size()));
    const NoteColumns columns{start_us, length_us, pitch, velocity};
    const auto written = columns.piece(*(piece_first.end() - 2), piece_first.back());
    if (auto checked = check_notes(written); !checked) {
      return fail("{}: {} cannot be stored: {}", path.string(), piece.info.source,
                  checked.error().message);
    }
  }

  const auto notes = static_cast<std::int64_t>(count);
  const auto edges = static_cast<std::int64_t>(piece_first.size());
  const Tensor tensors[] = {
      Tensor::of<std::int64_t>("start_us", {notes}, start_us),
      Tensor::of<std::int64_t>("piece_first", {edges}, piece_first),
      Tensor::of<std::uint32_t>("length_us", {notes}, length_us),
      Tensor::of<std::uint8_t>("pitch", {notes}, pitch),
      Tensor::of<std::uint8_t>("velocity", {notes}, velocity),
  };
  return write_safetensors(path, tensors,
                           {{"format", std::string(kDatasetFormat)},
                            {"version", std::string(kDatasetVersion)},
                            {"pieces", pieces_to_json(pieces)}});
}

}  // namespace pno::corpus
