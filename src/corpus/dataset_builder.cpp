#include "corpus/dataset_builder.h"

#include "corpus/dataset_format.h"

namespace pno::corpus {

void DatasetBuilder::add(std::span<const events::PlainNote> notes) {
  for (const auto& note : notes) {
    start_us_.push_back(note.start_us);
    length_us_.push_back(note.length_us);
    pitch_.push_back(note.pitch);
    velocity_.push_back(note.velocity);
  }
  piece_first_.push_back(static_cast<std::int64_t>(pitch_.values().size()));
}

Expected<void> DatasetBuilder::write(const std::filesystem::path& path,
                                     const std::function<PieceInfo(std::size_t)>& info) const {
  TextFields metadata = {{"format", std::string(kDatasetFormat)},
                         {"version", std::string(kDatasetVersion)}};
  std::string& list = metadata["pieces"];
  for (std::size_t i = 0; i < pieces(); ++i) {
    const Piece piece{info(i), {}};
    std::string one = pieces_to_json({&piece, 1});  // "[{…}]"
    one.front() = i == 0 ? '[' : ',';
    one.pop_back();
    list += one;
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
