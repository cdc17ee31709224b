#include "corpus/dataset_builder.h"

#include "corpus/dataset_format.h"

namespace pno::corpus {

Expected<void> DatasetBuilder::add(std::span<const events::PlainNote> notes) {
  const std::size_t first = pitch_.values().size();
  for (const auto& note : notes) {
    start_us_.push_back(note.start_us);
    length_us_.push_back(note.length_us);
    pitch_.push_back(note.pitch);
    velocity_.push_back(note.velocity);
  }
  const NoteColumns columns{start_us_.values(), length_us_.values(), pitch_.values(),
                            velocity_.values()};
  const std::size_t end = pitch_.values().size();
  auto checked =
      check_notes(columns.piece(static_cast<std::int64_t>(first), static_cast<std::int64_t>(end)));
  if (!checked) {
    start_us_.shrink_to(first);
    length_us_.shrink_to(first);
    pitch_.shrink_to(first);
    velocity_.shrink_to(first);
    return checked;
  }
  piece_first_.push_back(static_cast<std::int64_t>(end));
  return {};
}

Expected<void> DatasetBuilder::write(const std::filesystem::path& path,
                                     const std::function<PieceInfo(std::size_t)>& info) const {
  if (pieces() == 0) return fail("{}: there are no pieces to write", path.string());
  TextFields metadata = {{"format", std::string(kDatasetFormat)},
                         {"version", std::string(kDatasetVersion)}};
  std::string& list = metadata["pieces"];
  for (std::size_t i = 0; i < pieces(); ++i) {
    const PieceInfo piece = info(i);
    if (auto checked = check_hash(piece.hash); !checked) {
      return fail("{}: {} cannot be stored: it {}", path.string(), piece.source,
                  checked.error().message);
    }
    list += i == 0 ? '[' : ',';
    list += piece_to_json(piece);
  }
  list += ']';

  const auto notes = static_cast<std::int64_t>(pitch_.values().size());
  const auto edges = static_cast<std::int64_t>(piece_first_.values().size());
  const Tensor tensors[] = {
      Tensor::of<std::int64_t>("start_us", {notes}, start_us_.values()),
      Tensor::of<std::int64_t>("piece_first", {edges}, piece_first_.values()),
      Tensor::of<std::uint32_t>("length_us", {notes}, length_us_.values()),
      Tensor::of<std::uint8_t>("pitch", {notes}, pitch_.values()),
      Tensor::of<std::uint8_t>("velocity", {notes}, velocity_.values()),
  };
  return write_safetensors(path, tensors, metadata);
}

}  // namespace pno::corpus
