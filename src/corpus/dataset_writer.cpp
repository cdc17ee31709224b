#include "corpus/dataset_builder.h"

namespace pno::corpus {

Expected<void> write_dataset(const std::filesystem::path& path, std::span<const Piece> pieces) {
  DatasetBuilder builder(path);
  for (const auto& piece : pieces) {
    if (auto added = builder.add(piece.notes); !added) {
      return fail("{}: {} cannot be stored: {}", path.string(), piece.info.source,
                  added.error().message);
    }
  }
  return builder.write([&](std::size_t piece) { return pieces[piece].info; });
}

}  // namespace pno::corpus
